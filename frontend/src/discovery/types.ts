// A discovery, as the server tells of it.

import type { LiveEvent } from "../socket";

export interface Question {
  key: string;
  category: string;
  question: string;
  why: string;
  examples: string[];
  options: string[];
  default: string;
  answer: string;
}

export interface ContextMap {
  width: number;
  height: number;
  boxes: { name: string; x: number; y: number; width: number; height: number; entities: string[]; more: number; responsibilities: string[] }[];
  lines: { source: string; target: string; relation: string; path: string; x: number; y: number }[];
}

export interface Discovery {
  seq: number;
  id: string;
  conversation: string;
  status: string;
  understood: string;
  not_understood: string[];
  questions: Question[];
  domain: { map: ContextMap; entities: { name: string; fields: string[] }[] } | null;
  error: { detail: string; hint: string } | null;
  plan: string | null;
  events: LiveEvent[];
}

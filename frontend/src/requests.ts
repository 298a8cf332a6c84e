// Requests to our own pages. A refusal is thrown in the words of the server.

/** `problem` is the server's problem document, where there is one. */
export class Refused extends Error {
  constructor(
    words: string,
    readonly problem: Record<string, any> = {},
  ) {
    super(words);
  }
}

const STATUS_WORDS: Record<number, string> = {
  403: "You may not do that, or this page was open for too long. Load it again.",
  404: "There is no such thing, or it is not yours.",
  502: "The server does not answer just now. Try it again in a moment.",
  503: "The server does not answer just now. Try it again in a moment.",
};

async function answerOf(response: Response): Promise<Response> {
  if (response.ok) return response;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) throw new Refused(STATUS_WORDS[response.status] ?? `The server answered ${response.status}. Try it again.`);
  const problem = await response.json();
  throw new Refused([problem.detail, problem.hint, ...wrongFields(problem.errors)].filter(Boolean).join(" "), problem);
}

/** What is wrong with which field, in words. */
function wrongFields(errors: Record<string, unknown> | undefined): string[] {
  return Object.entries(errors ?? {}).map(([name, said]) => `${name.replaceAll("_", " ")}: ${[said].flat().map(String).join(" ")}`);
}

async function send(address: string, options: RequestInit): Promise<Response> {
  try {
    return await answerOf(await fetch(address, { ...options, credentials: "same-origin" }));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused("The server cannot be reached. Nothing was changed.");
  }
}

export async function getJson<T>(address: string): Promise<T> {
  return (await send(address, { headers: { Accept: "application/json" } })).json() as Promise<T>;
}

/** A piece of HTML, escaped by the server; problems come as JSON. */
export async function getHtml(address: string): Promise<string> {
  return (await send(address, { headers: { Accept: "application/json, text/html" } })).text();
}

export async function post<T = unknown>(address: string, fields: Record<string, string> = {}): Promise<T> {
  const body = new URLSearchParams(fields);
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  return (await send(address, { method: "POST", body, headers })).json() as Promise<T>;
}

/** A request to the API; sent again with the same key, it has one effect. */
export async function call<T = unknown>(method: "POST" | "PUT" | "PATCH" | "DELETE", address: string, content?: unknown, key?: string): Promise<T | null> {
  const headers: Record<string, string> = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() };
  if (key) headers["Idempotency-Key"] = key;
  const response = await send(address, { method, headers, body: content === undefined ? null : JSON.stringify(content) });
  return response.status === 204 ? null : ((await response.json()) as T);
}

/** A key that no other request has. */
export const newKey = (): string => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

const token = (): string => document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";

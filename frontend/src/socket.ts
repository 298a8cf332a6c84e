// The line to the server: joins streams from the last number seen, and comes back by itself.

export interface LiveEvent {
  type: string;
  seq: number;
  ts: string;
  masterplan_id: string | null;
  conversation_id: string | null;
  data: Record<string, any>;
}

export type Line =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "lost"; retryAt: number }
  | { state: "signed_out" }
  | { state: "gone" };

/** One stream: `join` names its plan or its conversation; `onBehind` is told when the server knows less than the page. */
export interface Watched {
  join: Record<string, string>;
  since: () => number;
  onEvent: (event: LiveEvent) => void;
  onBehind: (lastSeq: number) => void;
}

interface Options extends Watched {
  onLine: (line: Line) => void;
}

const streamOf = (watched: Watched): string | undefined => watched.join.masterplan_id ?? watched.join.conversation_id;

const HEARTBEAT = 20_000;
const SILENCE = 50_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const SIGNED_OUT = 4401;

export class LiveSocket {
  private socket: WebSocket | null = null;
  private wait = FIRST_WAIT;
  private heardAt = 0;
  private retry: number | undefined;
  private heart: number | undefined;
  private ended = false;
  private line: Line["state"] = "connecting";
  private readonly streams: Watched[];
  private readonly joining = new Set<number>();

  constructor(private readonly options: Options) {
    this.streams = [options];
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.drop());
    addEventListener("pageshow", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.hurry();
    });
    this.open();
  }

  private open(): void {
    if (this.ended || this.socket) return;
    this.options.onLine({ state: "connecting" });
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`;
    const socket = new WebSocket(address);
    this.socket = socket;
    this.joining.clear();
    this.heardAt = Date.now();
    socket.addEventListener("open", () => this.join());
    socket.addEventListener("message", (message) => this.receive(socket, String(message.data)));
    socket.addEventListener("close", (close) => this.closed(socket, close.code));
    clearInterval(this.heart);
    this.heart = setInterval(() => this.beat(), HEARTBEAT);
  }

  /** Follow one more stream. */
  watch(stream: Watched): void {
    this.streams.push(stream);
    this.join();
  }

  /** Ask for everything after the last number seen, of each stream. */
  join(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.streams.forEach((stream, index) => {
      if (this.joining.has(index)) return;
      this.joining.add(index);
      this.send({ ...stream.join, id: `join ${index}`, since: stream.since(), batch: true });
    });
  }

  private receive(socket: WebSocket, text: string): void {
    if (socket !== this.socket) return;
    this.heardAt = Date.now();
    const message = JSON.parse(text);
    if (typeof message.reply_to === "string" && message.reply_to.startsWith("join ")) this.joined(message);
    else if (message.type === "gone") this.gone(message.stream);
    else if (Array.isArray(message.events)) for (const event of message.events) this.hand(event);
    else if (typeof message.seq === "number") this.hand(message);
  }

  private hand(event: LiveEvent): void {
    const stream = event.masterplan_id ?? event.conversation_id;
    this.streams.find((watched) => streamOf(watched) === stream)?.onEvent(event);
  }

  /** What the page is about was deleted; of what it follows besides, nothing more comes. */
  private gone(stream: string): void {
    if (streamOf(this.options) === stream) this.end({ state: "gone" });
  }

  private joined(message: { reply_to: string; ok: boolean; last_seq?: number; error?: { status: number } }): void {
    const index = Number(message.reply_to.slice("join ".length));
    const stream = this.streams[index]!;
    this.joining.delete(index);
    if (message.ok) {
      this.wait = FIRST_WAIT;
      this.options.onLine({ state: "live" });
      if ((message.last_seq ?? 0) < stream.since()) stream.onBehind(message.last_seq ?? 0);
    } else {
      this.end(message.error?.status === 401 ? { state: "signed_out" } : { state: "gone" });
    }
  }

  private closed(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.heart);
    if (code === SIGNED_OUT && !this.ended) this.end({ state: "signed_out" });
    if (this.ended) return;
    const wait = this.wait * (0.75 + Math.random() / 2);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    this.options.onLine({ state: "lost", retryAt: Date.now() + wait });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), wait);
  }

  private end(line: Line): void {
    this.ended = true;
    this.line = line.state;
    this.options.onLine(line);
    this.drop();
  }

  /** Gives the present line up; a laptop that slept holds on to dead ones for minutes. */
  private drop(): void {
    const socket = this.socket;
    if (!socket) return;
    socket.close();
    this.closed(socket, 1000);
  }

  private hurry(): void {
    if (this.line === "signed_out") this.ended = false; // perhaps signed in again, in another window
    if (this.socket && Date.now() - this.heardAt < SILENCE) return;
    this.drop();
    clearTimeout(this.retry);
    this.wait = FIRST_WAIT;
    this.open();
  }

  private beat(): void {
    if (Date.now() - this.heardAt > SILENCE) this.drop();
    else this.send({ action: "heartbeat" });
  }

  private send(message: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

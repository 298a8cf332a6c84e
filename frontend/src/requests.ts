// Requests to our own pages. A refusal is thrown in the words of the server.

export class Refused extends Error {}

async function answerOf(response: Response): Promise<Response> {
  if (response.ok) return response;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) throw new Refused(`The server answered ${response.status}.`);
  const problem = await response.json();
  throw new Refused([problem.detail, problem.hint].filter(Boolean).join(" "));
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
  const token = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  return (await send(address, { method: "POST", body, headers })).json() as Promise<T>;
}

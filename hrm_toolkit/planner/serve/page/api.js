// What the page asks of the server: the tools, jobs and pictures of the API, nothing else.

const MOST_CALLS = 30;
const AGAIN_MS = 2_000;
const MOST_TRIES = 60;

// Handles and jobs belong to a client: each tab is one of its own.
const client = crypto.getRandomValues(new Uint32Array(3)).join("-");
const watchers = [];
const calls = [];
let sayWaiting = () => {};
let askForToken = async () => {
  throw new Error("the server asks for a token");
};

/** An answer of the API that says what was wrong, in its own words. */
export class Refusal extends Error {
  constructor(reply) {
    super(worded(reply));
    this.code = reply?.data?.error?.code ?? "error";
  }
}

/** What an error says to a person: found, expected, and the fix. */
function worded(reply) {
  const error = reply?.data?.error;
  if (!error) return reply?.text ?? "the server did not answer as it should";
  const parts = [error.message];
  if (error.expected) parts.push(`expected ${error.expected}`);
  if (error.got) parts.push(`got ${error.got}`);
  if (error.hint) parts.push(error.hint);
  const words = parts.join("; ");
  return words[0].toUpperCase() + words.slice(1);
}

/** Say who asks the user for a token, once the server wants one. */
export function onToken(ask) {
  askForToken = ask;
}

/** Say who tells the user that a call waits, as while a server compiles what it needs. */
export function onWaiting(tell) {
  sayWaiting = tell;
}

/** Be told of each call with its reply, as a language model would have made it. */
export function onCall(watch) {
  watchers.push(watch);
}

export function noted(name, args, reply) {
  calls.push({ name, arguments: args, reply });
  if (calls.length > MOST_CALLS) calls.shift();
  for (const watch of watchers) watch(calls);
}

async function ask(path, options = {}) {
  for (;;) {
    const headers = { "x-client-id": client, ...options.headers };
    const token = sessionStorage.getItem("token");
    if (token) headers.authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(new URL(path, document.baseURI), { ...options, headers });
    } catch {
      throw new Error("The server cannot be reached: is it still running?");
    }
    if (response.status !== 401) return response;
    sessionStorage.setItem("token", await askForToken(Boolean(token)));
  }
}

/** The names of the tools that this server has. */
export async function tools() {
  const response = await ask("v1/tools");
  return new Set((await response.json()).tools.map((tool) => tool.name));
}

/** Call a tool; an error is thrown as it was worded, but "not now" is asked again for a while. */
export async function call(name, args) {
  const given = Object.fromEntries(
    Object.entries(args).filter(([, value]) => value !== null && value !== ""),
  );
  const options = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(given),
  };
  let reply;
  for (let tried = 1; ; tried += 1) {
    reply = await (await ask(`v1/tools/${name}`, options)).json();
    if (reply.data?.error?.code !== "busy" || tried === MOST_TRIES) break;
    sayWaiting(`${new Refusal(reply).message}; asked again by itself.`);
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  noted(name, given, reply);
  if (reply.status === "error") throw new Refusal(reply);
  return reply;
}

/** What is at an address as JSON. */
export async function read(path) {
  const response = await ask(path);
  const value = await response.json();
  if (!response.ok) throw new Refusal(value);
  return value;
}

/** A picture as an address for an <img>, where it can run nothing. */
export async function picture(path) {
  const response = await ask(path);
  if (!response.ok) throw new Refusal(await response.json());
  return URL.createObjectURL(new Blob([await response.text()], { type: "image/svg+xml" }));
}

export async function cancel(job) {
  await ask(`v1/jobs/${job}`, { method: "DELETE" });
}

/** The reply of a job; `progress` is told of each segment on the way. */
export async function follow(job, progress) {
  for (;;) {
    const response = await ask(`v1/jobs/${job}/events`);
    if (!response.ok) throw new Refusal(await response.json());
    for await (const [kind, data] of events(response.body)) {
      if (kind === "progress") progress(data);
      if (kind === "reply") {
        noted("job", { id: job }, data);
        if (data.status === "error") throw new Refusal(data);
        if (data.status !== "running") return data;
      }
      if (kind === "closing") throw new Error("The server is ending.");
    }
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (waiting + value).split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const found = /^event: (\w+)\ndata: (.*)$/.exec(block);
      if (found) yield [found[1], JSON.parse(found[2])];
    }
  }
}

/** One request to the BlogQA server, recorded in its tab's log from beginning to end. */

import { bounded, now, record, recordError } from '../common/tab_log.js';
import { apiUrl, originPattern } from '../common/settings.js';

const MAX_BODY_BYTES = 5 * 1024 * 1024;
const MAX_PROBLEM_BYTES = 64 * 1024;
const LONGEST_MS = 5 * 60 * 1000;

/**
 * @typedef {object} ApiRequest
 * @property {number | null} tabId Whose log it goes into.
 * @property {'page' | 'panel' | 'popup'} by
 * @property {string} url
 * @property {string} method
 * @property {Record<string, string>} headers
 * @property {string | null} body
 * @property {AbortSignal} [signal]
 * @property {boolean} [keepalive]
 *
 * @typedef {object} Receiver What the answer is handed to, as it comes.
 * @property {(response: Response) => void} head
 * @property {(bytes: Uint8Array) => void} chunk
 */

/** The request did not get an answer, for a reason that a person can read. */
export class RequestFailed extends Error {}

/**
 * @param {import('../common/settings.js').Settings} settings
 * @param {ApiRequest} request
 * @param {Receiver} receiver
 * @returns {Promise<void>} When the answer has been received to its end.
 * @throws {RequestFailed} There was no answer, or it broke off.
 */
export async function performRequest(settings, request, receiver) {
  const url = apiUrl(settings, request.url);
  if (!url) {
    const refusal = `Refused: ${bounded(request.url)} is not below the API of the configured server.`;
    if (request.tabId !== null) await recordError(request.tabId, refusal);
    throw new RequestFailed(refusal);
  }
  const entry = begun(request, url);
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  const save = () => (request.tabId === null ? Promise.resolve() : record(request.tabId, entry));
  await save();
  try {
    const response = await answer(settings, request, url);
    entry.status = response.status;
    entry.firstByteMs = elapsed();
    entry.requestId = response.headers.get('X-Request-ID');
    receiver.head(response);
    const problem = problemReader(response);
    for await (const chunk of chunks(response)) {
      entry.bytes += chunk.byteLength;
      if (entry.bytes > MAX_BODY_BYTES) throw new RequestFailed(`The answer is larger than ${MAX_BODY_BYTES} bytes.`);
      problem.read(chunk);
      receiver.chunk(chunk);
    }
    Object.assign(entry, problem.found(), { outcome: 'done' });
  } catch (error) {
    const left = request.signal?.aborted === true;
    entry.outcome = left ? 'aborted' : 'failed';
    entry.message = left ? 'The page took the request back.' : bounded(sentence(error, settings));
    throw new RequestFailed(entry.message);
  } finally {
    entry.ms = elapsed();
    await save();
  }
}

/**
 * @param {ApiRequest} request
 * @param {URL} url
 * @returns {import('../common/tab_log.js').RequestEntry}
 */
function begun(request, url) {
  return {
    kind: 'request',
    id: crypto.randomUUID(),
    at: now(),
    by: request.by,
    method: request.method,
    path: bounded(url.pathname + url.search),
    outcome: 'pending',
    status: null,
    firstByteMs: null,
    ms: null,
    bytes: 0,
    requestId: null,
    code: null,
    message: null,
    times: 1,
  };
}

/**
 * @param {import('../common/settings.js').Settings} settings
 * @param {ApiRequest} request
 * @param {URL} url
 * @returns {Promise<Response>}
 */
async function answer(settings, request, url) {
  // Without it Chrome would make the request all the same, as any page may, and the failure would look like another.
  if (!(await chrome.permissions.contains({ origins: [originPattern(settings.server)] }))) {
    throw new RequestFailed(`Chrome does not let the extension talk to ${settings.server} yet. Save the settings again.`);
  }
  const limit = AbortSignal.timeout(LONGEST_MS);
  const response = await fetch(url, {
    method: request.method,
    headers: { ...request.headers, 'X-API-Key': settings.apiKey },
    body: request.body,
    signal: request.signal ? AbortSignal.any([request.signal, limit]) : limit,
    keepalive: request.keepalive === true,
    cache: 'no-store', // Who tries a server out wants to know what it says now.
    credentials: 'omit',
    redirect: 'manual', // Followed, a redirect could lead to another origin, with the key in a header.
    referrerPolicy: 'no-referrer',
  });
  if (response.type !== 'opaqueredirect') return response;
  throw new RequestFailed('The server answers with a redirect. Enter the address that it leads to.');
}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<Uint8Array, void>}
 */
async function* chunks(response) {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Leaving early must also end the transfer; after its end there is nothing to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Keeps what may be a problem description, so that its code can be shown.
 *
 * @param {Response} response
 */
function problemReader(response) {
  const isProblem = (response.headers.get('Content-Type') ?? '').startsWith('application/problem+json');
  const decoder = new TextDecoder();
  let text = '';
  return {
    /** @param {Uint8Array} chunk */
    read(chunk) {
      if (isProblem && text.length < MAX_PROBLEM_BYTES) text += decoder.decode(chunk, { stream: true });
    },
    /** @returns {{code: string | null, message: string | null}} */
    found() {
      if (!isProblem) return { code: null, message: null };
      try {
        const { code, detail } = JSON.parse(text);
        return { code: bounded(code ?? 'unknown'), message: bounded(detail ?? '') };
      } catch {
        return { code: null, message: 'The problem description of the answer could not be read.' };
      }
    },
  };
}

/**
 * @param {unknown} error
 * @param {import('../common/settings.js').Settings} settings
 * @returns {string}
 */
function sentence(error, settings) {
  if (error instanceof RequestFailed) return error.message;
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'The server did not finish its answer.';
  return `The server at ${settings.server} cannot be reached, or the connection broke off.`;
}

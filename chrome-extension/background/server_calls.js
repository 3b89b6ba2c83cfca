/** The extension's own calls: testing the connection, enqueueing a page, following its job. */

import { performRequest, RequestFailed } from './api_request.js';
import { apiAddress, isComplete, loadSettings } from '../common/settings.js';
import { bounded, recordJob } from '../common/tab_log.js';

/**
 * @typedef {import('../common/messages.js').Outcome} Outcome
 * @typedef {{status: number, body: any}} Answer `body` is null when it is not JSON.
 * @typedef {import('./api_request.js').ApiRequest} ApiRequest
 * @typedef {Pick<ApiRequest, 'tabId' | 'by' | 'method'> & {path: string, body?: unknown}} Call
 */

const PROBLEM_TYPE = 'urn:blogqa:problem:';

/**
 * Tells what a widget would meet: first the read that it begins with, then a call that carries an Origin header.
 *
 * @param {number | null} tabId
 * @param {string} pageUrl Whose questions to look for; any address will do to check the key.
 * @returns {Promise<Outcome>}
 */
export async function testConnection(tabId, pageUrl) {
  const settings = await loadSettings();
  if (!isComplete(settings)) return failure('Enter the server’s address and the publisher’s key first.');
  const page = encodeURIComponent(pageUrl || settings.server);
  try {
    const read = await call({ tabId, by: 'popup', method: 'GET', path: `questions/by-url?limit=1&blog_url=${page}` });
    const refusedRead = verdict(read, settings.server);
    if (refusedRead) return failure(refusedRead);
    // Without a page to process the server must say 422; key and origin are looked at before that.
    const empty = await call({ tabId, by: 'popup', method: 'POST', path: 'jobs/process', body: {} });
    const refusedPost = verdict(empty, settings.server);
    if (refusedPost) return failure(refusedPost);
    const found = read.status === 200 ? 'has questions' : 'has no questions yet';
    return { ok: true, message: `The server answers and knows the key. It ${found} for this page.` };
  } catch (error) {
    return failure(readable(error));
  }
}

/**
 * @param {Answer} answer
 * @param {string} server
 * @returns {string} What is wrong, "" if nothing is.
 */
function verdict({ status, body }, server) {
  if (status === 200 && Array.isArray(body?.questions)) return '';
  if (typeof body?.code !== 'string' || !String(body?.type).startsWith(PROBLEM_TYPE)) {
    return `Something answers at ${server}, but it is not a BlogQA server (status ${status}).`;
  }
  if (status === 401) return 'The server does not know this key. Check it, or ask the operator for a new one.';
  if (status === 404 || status === 422) return '';
  return `The server answers with ${status} (${bounded(body.code)}): ${bounded(body.detail)}`;
}

/**
 * @param {number} tabId
 * @param {string} url
 * @returns {Promise<Outcome>}
 */
export async function enqueue(tabId, url) {
  try {
    const { status, body } = await call({
      tabId,
      by: 'panel',
      method: 'POST',
      path: 'jobs/process',
      body: { blog_url: url },
    });
    if (status !== 202) return failure(described(status, body));
    await recordJob(tabId, jobEntry({ blog_url: url, ...body }));
    const message = body.created ? 'The page has been enqueued.' : 'A job stands for this page already.';
    return { ok: true, message };
  } catch (error) {
    return failure(readable(error));
  }
}

/**
 * Asks once how a job is. The panel asks again and again, so that nothing is lost when the service worker stops.
 *
 * @param {number} tabId
 * @param {string} jobId
 * @returns {Promise<Outcome>}
 */
export async function follow(tabId, jobId) {
  try {
    const path = `jobs/status/${encodeURIComponent(jobId)}`;
    const { status, body } = await call({ tabId, by: 'panel', method: 'GET', path });
    if (status !== 200) return failure(described(status, body));
    await recordJob(tabId, jobEntry(body));
    return { ok: true, message: '' };
  } catch (error) {
    return failure(readable(error));
  }
}

/**
 * @param {any} job As the API describes it, or as much of it as accepting one tells.
 * @returns {import('../common/tab_log.js').JobEntry}
 */
function jobEntry(job) {
  const errors = Array.isArray(job.errors) ? job.errors : [];
  return {
    jobId: bounded(job.job_id),
    url: bounded(job.blog_url),
    state: bounded(job.state),
    step: job.progress ? bounded(job.progress.step) : null,
    percent: Number.isFinite(job.progress?.percent) ? job.progress.percent : null,
    attempt: Number(job.attempt ?? 0),
    maxAttempts: Number(job.max_attempts ?? 0),
    errors: errors.slice(-5).map((/** @type {any} */ error) => bounded(`${error.code}: ${error.message}`)),
    result: job.result ? `${Number(job.result.questions)} questions by ${bounded(job.result.engine)}` : null,
  };
}

/**
 * @param {Call} request
 * @returns {Promise<Answer>}
 * @throws {RequestFailed}
 */
async function call({ path, body, ...request }) {
  const settings = await loadSettings();
  if (!isComplete(settings)) throw new RequestFailed('No BlogQA server is set yet. Open the settings.');
  const decoder = new TextDecoder();
  let [text, status] = ['', 0];
  const filled = body === undefined ? null : JSON.stringify(body);
  await performRequest(
    settings,
    {
      ...request,
      url: apiAddress(settings, path),
      headers: filled === null ? { accept: 'application/json' } : { 'content-type': 'application/json' },
      body: filled,
    },
    {
      head: (response) => {
        status = response.status;
      },
      chunk: (bytes) => {
        text += decoder.decode(bytes, { stream: true });
      },
    },
  );
  return { status, body: parsed(text) };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {number} status
 * @param {any} body
 */
function described(status, body) {
  if (!body?.detail) return `The server answers with ${status}.`;
  return `${status} ${bounded(body.code)}: ${bounded(body.detail)}`;
}

/** @param {unknown} error */
function readable(error) {
  if (error instanceof RequestFailed) return error.message;
  console.error('BlogQA: a call failed', error);
  return 'The extension failed; its console says why.';
}

/**
 * @param {string} message
 * @returns {Outcome}
 */
function failure(message) {
  return { ok: false, message };
}

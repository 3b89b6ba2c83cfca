/** @import {Blog, Options, Question} from '../types.js' */

const TRIES = 6;
const LONGEST_WAIT_S = 60;
const TIMEOUT_MS = 1e4;

/**
 * Calls the API.
 *
 * @param {Options} options
 */
export function createClient({ apiKey, apiBaseUrl, fetch }) {
  /**
   * @param {string} path Under /api/v1.
   * @param {RequestInit} [init] With a `signal`, it takes as long as it takes.
   */
  return (path, init) =>
    (fetch || self.fetch)(apiBaseUrl.replace(/\/*$/, '/api/v1/') + path, {
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
      headers: { 'X-API-Key': apiKey, ...(init && { 'Content-Type': 'application/json' }), ...init?.headers },
    });
}

/**
 * Waits for a blog's questions, politely.
 *
 * @param {(path: string) => Promise<Response>} request
 * @param {string} url
 * @param {() => boolean} stopped
 * @returns {Promise<Blog | undefined>} None if it was stopped.
 */
export async function loadBlog(request, url, stopped) {
  for (let tries = 0, wait = 0; tries < TRIES; tries++) {
    // A page that is never idle has questions too.
    const idle = /** @type {any} */ (self.requestIdleCallback || setTimeout);
    await new Promise((resolve) => setTimeout(() => idle(resolve, { timeout: 1e3 }), wait * 1e3));
    if (stopped()) return;
    const response = await request('questions/check-and-load?blog_url=' + encodeURIComponent(url));
    const busy = /429|503/.test('' + response.status);
    const { status, blog, code, retry_after_s } = busy ? {} : await response.json();
    if (blog) {
      blog.questions = blog.questions.filter((/** @type {Question} */ one) => one.question.trim() && one.answer.trim());
      return blog;
    }
    if (!busy && !retry_after_s) throw Error(code || status);
    wait = Math.min(LONGEST_WAIT_S, (retry_after_s || +(response.headers.get('Retry-After') || 5)) * 2 ** tries);
  }
  throw Error('the questions were not ready in time');
}

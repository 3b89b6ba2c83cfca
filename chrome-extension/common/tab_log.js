/**
 * What happened in a tab: requests, events, errors and jobs, kept in `chrome.storage.session`.
 *
 * Only the service worker writes, one change after another; the panel reads and follows the changes. Everything is
 * bounded, because what is recorded comes from a page.
 *
 * @typedef {object} RequestEntry
 * @property {'request'} kind
 * @property {string} id
 * @property {string} at ISO time of the start.
 * @property {'page' | 'panel' | 'popup'} by
 * @property {string} method
 * @property {string} path Path and query below the server's address.
 * @property {'pending' | 'done' | 'failed' | 'aborted'} outcome
 * @property {number | null} status
 * @property {number | null} firstByteMs Until the answer's head.
 * @property {number | null} ms Until the answer's end.
 * @property {number} bytes Of the answer's body, decoded.
 * @property {string | null} requestId
 * @property {string | null} code Of a problem (RFC 9457).
 * @property {string | null} message What went wrong.
 * @property {number} times How often the panel has asked this.
 *
 * @typedef {{kind: 'event', id: string, at: string, name: string, detail: string}} EventEntry
 * @typedef {{kind: 'error', id: string, at: string, message: string}} ErrorEntry
 * @typedef {RequestEntry | EventEntry | ErrorEntry} Entry
 *
 * @typedef {object} JobEntry
 * @property {string} jobId
 * @property {string} url
 * @property {string} state
 * @property {string | null} step
 * @property {number | null} percent
 * @property {number} attempt
 * @property {number} maxAttempts
 * @property {string[]} errors
 * @property {string | null} result
 *
 * @typedef {object} TabLog
 * @property {Entry[]} entries Oldest first.
 * @property {JobEntry[]} jobs Oldest first.
 * @property {{state: import('./messages.js').WidgetState, url: string, at: string} | null} widget
 */

const MAX_ENTRIES = 200;
const MAX_JOBS = 20;
const MAX_TEXT = 600;
const PREFIX = 'tab:';

/** @type {Promise<unknown>} */
let queue = Promise.resolve();

/**
 * @param {number} tabId
 * @returns {string} Key of the tab's log in the storage.
 */
export function logKey(tabId) {
  return PREFIX + tabId;
}

/** @returns {TabLog} */
function emptyLog() {
  return { entries: [], jobs: [], widget: null };
}

/**
 * @param {number} tabId
 * @returns {Promise<TabLog>}
 */
export async function readLog(tabId) {
  const key = logKey(tabId);
  const stored = await chrome.storage.session.get(key);
  return /** @type {TabLog | undefined} */ (stored[key]) ?? emptyLog();
}

/**
 * @param {unknown} value
 * @returns {string} Text of a bounded length.
 */
export function bounded(value) {
  const text = String(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/**
 * @param {number} tabId
 * @param {Entry} entry Added, or put in the place of the entry with its id.
 */
export function record(tabId, entry) {
  return change(tabId, (log) => {
    const place = log.entries.findIndex((known) => known.id === entry.id);
    if (place < 0 && entry.kind === 'request' && entry.by === 'panel') replaceEarlier(log, entry);
    if (place >= 0) log.entries[place] = entry;
    else if (entry.kind !== 'request' || entry.outcome === 'pending') log.entries.push(entry);
    // A request that was cleared away while it ran does not come back.
    log.entries.splice(0, log.entries.length - MAX_ENTRIES);
  });
}

/**
 * A panel that follows a job asks the same again and again: that is one entry, or it would push all others out.
 *
 * @param {TabLog} log
 * @param {RequestEntry} entry
 */
function replaceEarlier(log, entry) {
  const isEarlier = (/** @type {Entry} */ known) =>
    known.kind === 'request' &&
    known.by === 'panel' &&
    known.method === 'GET' &&
    known.path === entry.path &&
    known.outcome !== 'pending';
  const earlier = /** @type {RequestEntry[]} */ (log.entries.filter(isEarlier));
  entry.times += earlier.reduce((sum, { times }) => sum + times, 0);
  log.entries = log.entries.filter((known) => !isEarlier(known));
}

/**
 * @param {number} tabId
 * @param {unknown} message
 */
export function recordError(tabId, message) {
  return record(tabId, { kind: 'error', id: crypto.randomUUID(), at: now(), message: bounded(message) });
}

/**
 * @param {number} tabId
 * @param {unknown} name
 * @param {unknown} detail
 */
export function recordEvent(tabId, name, detail) {
  const [event, text] = [bounded(name), bounded(detail)];
  return record(tabId, { kind: 'event', id: crypto.randomUUID(), at: now(), name: event, detail: text });
}

/**
 * @param {number} tabId
 * @param {JobEntry} job Added, or put in the place of the job with its id.
 */
export function recordJob(tabId, job) {
  return change(tabId, (log) => {
    const place = log.jobs.findIndex((known) => known.jobId === job.jobId);
    if (place >= 0) log.jobs[place] = job;
    else log.jobs.push(job);
    log.jobs.splice(0, log.jobs.length - MAX_JOBS);
  });
}

/**
 * @param {number} tabId
 * @param {import('./messages.js').WidgetState} state
 * @param {unknown} url
 */
export function recordWidget(tabId, state, url) {
  return change(tabId, (log) => {
    log.widget = { state, url: bounded(url), at: now() };
  });
}

/** @param {number} tabId */
export function clearLog(tabId) {
  return change(tabId, (log) => {
    log.entries = [];
    log.jobs = [];
  });
}

/** @param {number} tabId */
export function forgetTab(tabId) {
  return inTurn(() => chrome.storage.session.remove(logKey(tabId)));
}

/**
 * Ends what an earlier life of the service worker has left pending: nobody is waiting for those answers any more.
 *
 * @param {string} message
 */
export function settleLost(message) {
  return inTurn(async () => {
    const stored = await chrome.storage.session.get(null);
    for (const [key, value] of Object.entries(stored)) {
      if (!key.startsWith(PREFIX)) continue;
      const log = /** @type {TabLog} */ (value);
      const lost = log.entries.filter((entry) => entry.kind === 'request' && entry.outcome === 'pending');
      for (const entry of lost) Object.assign(entry, { outcome: 'failed', message });
      if (lost.length) await chrome.storage.session.set({ [key]: log });
    }
  });
}

/** @returns {string} */
export function now() {
  return new Date().toISOString();
}

/**
 * @param {number} tabId
 * @param {(log: TabLog) => void} edit
 */
function change(tabId, edit) {
  return inTurn(async () => {
    const log = await readLog(tabId);
    edit(log);
    await chrome.storage.session.set({ [logKey(tabId)]: log });
  });
}

/**
 * Reading and writing back is only safe one after another.
 *
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
function inTurn(work) {
  const done = queue.then(work);
  queue = done.catch((error) => console.error('BlogQA: the log could not be written', error));
  return done;
}

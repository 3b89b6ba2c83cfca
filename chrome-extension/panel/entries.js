/** How what happened is shown. Everything comes from a page or a server and is set as text. */

/**
 * @typedef {import('../common/tab_log.js').Entry} Entry
 * @typedef {import('../common/tab_log.js').RequestEntry} RequestEntry
 * @typedef {import('../common/tab_log.js').JobEntry} JobEntry
 */

export const FINAL_STATES = ['completed', 'failed', 'cancelled'];

/**
 * Makes a list show these items, newest first, touching only what has changed.
 *
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items Oldest first.
 * @param {(item: T) => string} id
 * @param {(item: T) => Node[]} content
 */
export function showList(list, items, id, content) {
  const present = new Map([...list.children].map((row) => [/** @type {HTMLElement} */ (row).dataset['id'], row]));
  const rows = items.toReversed().map((item) => {
    const written = JSON.stringify(item);
    const row = /** @type {HTMLElement} */ (present.get(id(item)) ?? document.createElement('li'));
    if (row.dataset['written'] !== written) {
      Object.assign(row.dataset, { id: id(item), written });
      row.replaceChildren(...content(item));
    }
    return row;
  });
  if (rows.length !== list.children.length || rows.some((row, place) => list.children[place] !== row)) {
    list.replaceChildren(...rows);
  }
}

/**
 * @param {RequestEntry} entry
 * @returns {Node[]}
 */
export function requestRow(entry) {
  const isBad = entry.outcome === 'failed' || (entry.status ?? 0) >= 400;
  const status = entry.status === null ? entry.outcome : String(entry.status);
  const shownStatus = entry.status !== null && entry.outcome !== 'done' ? `${status} ${entry.outcome}` : status;
  const head = line(
    text('strong', entry.method),
    text('strong', shownStatus, isBad ? 'bad' : entry.outcome === 'done' ? 'good' : ''),
    text('span', entry.ms === null ? '…' : `${entry.ms} ms`, 'number'),
    text('span', size(entry.bytes), 'number'),
    text('span', `${clock(entry.at)} · ${entry.by}${entry.times > 1 ? ` · ${entry.times} times` : ''}`, 'hint'),
  );
  const rows = [head, text('div', entry.path, 'path')];
  if (entry.code || entry.message) {
    rows.push(text('div', [entry.code, entry.message].filter(Boolean).join(': '), isBad ? 'bad text' : 'hint text'));
  }
  if (entry.requestId) rows.push(text('div', `request ${entry.requestId}`, 'hint path'));
  return rows;
}

/**
 * @param {Exclude<Entry, RequestEntry>} entry
 * @returns {Node[]}
 */
export function eventRow(entry) {
  const time = text('span', clock(entry.at), 'hint number');
  if (entry.kind === 'error') {
    return [line(text('strong', 'error', 'bad'), time), text('div', entry.message, 'bad text')];
  }
  return [line(text('strong', entry.name), time), text('div', entry.detail, 'path')];
}

/**
 * @param {JobEntry} job
 * @returns {Node[]}
 */
export function jobRow(job) {
  const isFinal = FINAL_STATES.includes(job.state);
  const tone = job.state === 'completed' ? 'good' : isFinal ? 'bad' : '';
  const attempts = job.maxAttempts ? `attempt ${job.attempt} of ${job.maxAttempts}` : '';
  const head = line(text('strong', job.state, tone), text('span', job.step ?? ''), text('span', attempts, 'hint'));
  const bar = document.createElement('progress');
  bar.max = 100;
  bar.ariaLabel = `Progress of ${job.url}`;
  if (job.state === 'completed') bar.value = 100;
  else if (job.percent !== null) bar.value = job.percent;
  else if (isFinal) bar.value = 0;
  const percent = job.state === 'completed' ? 100 : job.percent;
  if (percent !== null) head.append(text('span', `${percent} %`, 'number'));
  const rows = [head, bar, text('div', job.url, 'path')];
  if (job.result) rows.push(text('div', job.result, 'hint'));
  for (const error of job.errors) rows.push(text('div', error, 'bad text'));
  return [...rows, text('div', `job ${job.jobId}`, 'hint path')];
}

/** @param {Node[]} parts */
function line(...parts) {
  const made = document.createElement('div');
  made.className = 'line';
  made.append(...parts);
  return made;
}

/**
 * @param {string} tag
 * @param {string} content
 * @param {string} [className]
 */
function text(tag, content, className = '') {
  const made = document.createElement(tag);
  made.textContent = content;
  made.className = className;
  return made;
}

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}

/** @param {string} iso */
function clock(iso) {
  return new Date(iso).toLocaleTimeString([], { hour12: false });
}

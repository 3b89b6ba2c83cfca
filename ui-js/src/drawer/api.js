/** @import {Answer, Page, Question, RelatedArticle} from '../types.js' */
import { readEvents } from './stream.js';

const SILENT_MS = 30_000;
const MAX_TURNS = 4;
const MAX_TEXT = 2000;

/** What went wrong, as far as a reader can do something about it. */
export class AskError extends Error {
  /** @param {boolean} busy Whether it helps to wait. */
  constructor(busy) {
    super(busy ? 'too many questions' : 'no answer');
    this.busy = busy;
  }
}

/**
 * A value as JSON. Not JSON.stringify: it obeys toJSON, which old libraries put on all strings and arrays.
 *
 * @param {string | number | object[] | Record<string, any>} value Without undefined in it.
 * @returns {string}
 */
export function json(value) {
  if (typeof value == 'number') return String(value);
  if (typeof value == 'string')
    return `"${value.replace(/[^ !#-[\]-~]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'))}"`;
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  return `{${Object.entries(value).map(([name, one]) => json(name) + ':' + json(one)).join(',')}}`;
}

/**
 * @param {Page} page
 * @param {Question} question
 * @returns {Promise<RelatedArticle[]>} None when they cannot be had: an answer does not depend on them.
 */
export async function relatedArticles({ request }, question) {
  try {
    const response = await request('search/similar', { method: 'POST', body: json({ question_id: question.id, limit: 3 }) });
    return (await response.json()).articles || [];
  } catch {
    return [];
  }
}

/**
 * @param {Page} page
 * @param {string} id
 * @returns {Promise<Question>}
 */
export async function loadQuestion({ blog, request }, id) {
  const here = blog.questions.find((question) => question.id == id);
  if (here) return here;
  const response = await request('questions/' + encodeURIComponent(id));
  if (!response.ok) throw new AskError(response.status == 429);
  return response.json();
}

/**
 * Asks, and shows the answer as it is written.
 *
 * @param {Page} page
 * @param {string} question
 * @param {{question: string, answer: string}[]} turns What was asked before, oldest first.
 * @param {AbortSignal} signal
 * @param {(checked: string, unchecked: string) => void} onText The answer so far; what is unchecked may be taken back.
 * @returns {Promise<Answer>}
 */
export async function ask({ request, url }, question, turns, signal, onText) {
  const history = turns.slice(-MAX_TURNS).map((turn) => ({ question: turn.question, answer: turn.answer.slice(0, MAX_TEXT) }));
  const response = await request('qa/ask', {
    method: 'POST',
    headers: { Accept: 'text/event-stream' },
    body: json({ question, blog_url: url, history }),
    signal,
  });
  if (!response.ok) throw new AskError(/429|503/.test(String(response.status)));
  if (!response.body || !/event-stream/.test(response.headers.get('Content-Type') || '')) return valid(await response.json());
  let checked = '';
  let unchecked = '';
  for await (const { event, data } of readEvents(response.body, SILENT_MS)) {
    if (event == 'done') return valid(data.answer);
    if (event == 'error') throw new AskError(/busy|limit/.test(data.code));
    if (event == 'token') unchecked += data.text;
    if (event == 'sentence') {
      if (data.supported) checked += (checked && ' ') + data.text.trim();
      const place = unchecked.indexOf(data.text.trim());
      unchecked = place < 0 ? '' : unchecked.slice(place + data.text.trim().length);
    }
    onText(checked, unchecked.trim());
  }
  throw new AskError(false);
}

/**
 * @param {Answer} answer
 * @returns {Answer}
 */
function valid(answer) {
  if (typeof answer?.answer != 'string' || !answer.citations.map) throw new AskError(false);
  return answer;
}

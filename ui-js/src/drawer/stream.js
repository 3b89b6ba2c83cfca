/**
 * Reads server-sent events (WHATWG HTML, section 9.2) as far as the API uses them: `event` and `data`.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {number} silentMs Longest that nothing may arrive, not even a heartbeat.
 * @returns {AsyncGenerator<{event: string, data: any}>}
 */
export async function* readEvents(body, silentMs) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await withinTime(reader.read(), silentMs);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() || '';
      for (const block of blocks) {
        const event = /^event: ?(.*)$/m.exec(block)?.[1];
        const data = [...block.matchAll(/^data: ?(.*)$/gm)].map((line) => line[1]).join('\n');
        if (event) yield { event, data: JSON.parse(data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @returns {Promise<T>}
 */
export function withinTime(promise, ms) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(Error('nothing arrives any more')), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

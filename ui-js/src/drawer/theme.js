/**
 * Whether the page is dark where the article is: what its background says, else what its colour scheme does.
 *
 * @param {Element} article
 */
export function isDark(article) {
  for (let element = /** @type {Element | null} */ (article); element; element = element.parentElement) {
    const [red, green, blue, alpha = 1] = (getComputedStyle(element).backgroundColor.match(/[\d.]+/g) || []).map(Number);
    // Rec. 601 luma, good enough to tell dark from light.
    if (alpha > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  return /dark/.test(scheme) && (!/light/.test(scheme) || matchMedia('(prefers-color-scheme: dark)').matches);
}

/**
 * Whether the page is dark where the article is: what its background says, else what its colour scheme does.
 *
 * @param {Element} article
 */
export function isDark(article) {
  for (let element = /** @type {Element | null} */ (article); element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    const [red, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) || []).map(Number);
    // Bytes in rgb(), percent in lab() and lch(), parts of one in oklab(), oklch() and color().
    const most = /^rgb/.test(colour) ? 255 : /^l/.test(colour) ? 100 : 1;
    // Lightness comes first where there is one; else Rec. 601 luma, good enough to tell dark from light.
    if (alpha > 0.5) return (/^(ok)?l/.test(colour) ? red : 0.299 * red + 0.587 * green + 0.114 * blue) < most / 2;
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  return /dark/.test(scheme) && (!/light/.test(scheme) || matchMedia('(prefers-color-scheme: dark)').matches);
}

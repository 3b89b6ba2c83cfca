/** Sites on which the widget is always shown: origins, kept in `chrome.storage.local`. */

const STORED_AS = 'sites';

/** @returns {Promise<string[]>} */
export async function loadSites() {
  const stored = await chrome.storage.local.get(STORED_AS);
  const sites = stored[STORED_AS];
  return Array.isArray(sites) ? sites.filter((site) => typeof site === 'string') : [];
}

/**
 * @param {string} site
 * @param {boolean} chosen
 */
export async function choose(site, chosen) {
  const others = (await loadSites()).filter((known) => known !== site);
  await chrome.storage.local.set({ [STORED_AS]: chosen ? [...others, site] : others });
}

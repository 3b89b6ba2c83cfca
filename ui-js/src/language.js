/** @import {Options} from './types.js' */

const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'ar', 'zh', 'ja'];

/**
 * The language of the interface: asked for, or the page's, or English.
 *
 * @param {Options} options
 */
export const pickLanguage = ({ language }) =>
  [language, document.documentElement.lang].map((tag) => tag.slice(0, 2).toLowerCase()).find((code) => LANGUAGES.includes(code)) ||
  'en';

/** @param {string} language */
export const directionOf = (language) => (language == 'ar' ? 'rtl' : 'ltr');

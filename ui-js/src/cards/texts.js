/** Heading, what a card says below its question, the way to the ask box, the label. */
/** @type {Record<string, string>} */
const TEXTS = {
  en: 'Some questions in mind?|Explore|Ask your own question|AI',
  de: 'Noch Fragen dazu?|Ansehen|Eigene Frage stellen|KI',
  fr: 'Des questions en tête ?|Découvrir|Poser votre question|IA',
  es: '¿Te quedan preguntas?|Explorar|Haz tu propia pregunta|IA',
  it: 'Qualche domanda?|Scopri|Fai la tua domanda|IA',
  pt: 'Ficou com perguntas?|Explorar|Faça a sua pergunta|IA',
  nl: 'Nog vragen hierover?|Bekijken|Stel zelf een vraag|AI',
  ar: 'هل تدور في ذهنك أسئلة؟|اكتشف|اطرح سؤالك|ذكاء اصطناعي',
  zh: '还有疑问吗？|查看|自己提问|AI',
  ja: '気になることはありますか？|見る|自分で質問する|AI',
};

/**
 * @param {string} language
 * @param {Record<string, string>} labels The publisher's own.
 */
export function cardTexts(language, labels) {
  const [heading, explore, ask, ai] = TEXTS[language].split('|');
  return { heading, explore, ask, ai, ...labels };
}

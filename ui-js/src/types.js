/**
 * What the API sends and what the parts of the widget tell each other. Types only.
 *
 * @typedef {object} Citation
 * @property {string} text The passage that supports the answer.
 * @property {string} title Of its article.
 * @property {string} section Heading that it stands under, or "".
 * @property {string} url Of its article.
 *
 * @typedef {object} Question
 * @property {string} id
 * @property {string} question
 * @property {string} answer
 * @property {string} kind What it asks for; picks the icon.
 * @property {Citation[]} citations
 * @property {string} [language] ISO 639-1.
 * @property {string} [engine] `openai` or `extractive`.
 *
 * @typedef {object} Blog
 * @property {string} blog_url As the API knows it; its citations bear the same.
 * @property {string} title
 * @property {string} [language]
 * @property {Question[]} questions
 *
 * @typedef {object} RelatedArticle
 * @property {string} title
 * @property {string} url
 * @property {string} language
 * @property {{id: string, question: string} | null} question The one of its questions that matched.
 *
 * @typedef {object} Answer
 * @property {boolean} covered
 * @property {string} answer
 * @property {Citation[]} citations
 * @property {string} language
 * @property {string} engine
 * @property {string | null} question_id
 * @property {string[]} notices
 * @property {{id: string, question: string}[]} related_questions
 * @property {RelatedArticle[]} related_articles
 *
 * @typedef {object} Sponsored
 * @property {string} title
 * @property {string} url
 * @property {string} [text]
 *
 * @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch
 *
 * @typedef {object} Options
 * @property {string} apiKey
 * @property {string} apiBaseUrl
 * @property {string} article
 * @property {string | number} placement
 * @property {number} count
 * @property {number} questionsPerParagraph
 * @property {number} animationDelay
 * @property {string} theme
 * @property {string} language
 * @property {Record<string, string>} labels
 * @property {Sponsored | null} sponsored
 * @property {boolean} debugMode
 * @property {Fetch | null} fetch
 *
 * @typedef {object} Page What the parts of the widget share.
 * @property {Options} options
 * @property {string} url Address of the blog.
 * @property {Blog} blog
 * @property {(path: string, init?: RequestInit) => Promise<Response>} request Calls the API, with the key.
 * @property {(name: string, detail: object) => void} emit Tells the page.
 * @property {(type: string, questionId?: string) => void} report Counts on the server, without anything about the
 *   reader; nothing if they object.
 *
 * @typedef {object} Handlers
 * @property {(question: Question | null, asking?: boolean) => void} open
 * @property {() => void} preload The reader shows intent.
 *
 * @typedef {object} Drawer
 * @property {(question?: Question | null, asking?: boolean) => void} open Shows a question; with null the list of all;
 *   without one, the question that the address names.
 * @property {() => void} destroy
 */
export {};

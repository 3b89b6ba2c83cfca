/** A single-page application in its smallest form: two articles, links that push state, content that comes later. */
const LOADING_MS = 150;

const ARTICLES = {
  pen: [
    'The fountain pen',
    'A fountain pen carries its ink with it, which sounds simple and took a hundred years to get right. The ink must flow while one writes, stop when one does not, and never leave the pen all at once in a pocket.',
    'The nib is split from its tip to a small hole. Ink is drawn along the slit by capillary action, the same force that lifts water in a narrow glass tube: it wets the metal, and the narrower the gap, the stronger it is drawn in.',
    'Below the nib lies the feed, a piece of plastic or hard rubber with a channel for ink and another for air. For each drop that leaves, a bubble of air has to enter the reservoir, otherwise the pen would run dry with a full tank.',
    'The comb of thin fins on the feed is a buffer. When the air in the reservoir grows warm and pushes out more ink than the nib needs, the fins take up the surplus and give it back later. Without them a pen would blot whenever it is held for long.',
    'Lewis Edson Waterman had a feed with three narrow channels patented in 1884. He was not the first to sell a pen with a reservoir, but his was the first that a man could carry all day and then sign a contract with.',
    'Nibs of gold do not rust and bend a little, yet gold is too soft for paper. A grain of an alloy with iridium, osmium or ruthenium is therefore welded to the tip, and ground to the width that the pen is to write.',
    'A pen that starts badly is usually dirty and not broken. Cool water drawn in and pushed out until it comes out clear removes dried ink from the feed; hot water may warp it, and alcohol attacks some of the plastics.',
  ],
  ink: [
    'Ink that lasts',
    'Medieval monks wrote with an ink that turned darker as it grew older. It came from oak galls, the round growths that a wasp causes on oak leaves, together with iron salt, gum from acacia trees, and wine or water.',
    'The tannic acid of the galls and the iron form a compound that is almost colourless at first. It sinks into the parchment and then takes up oxygen from the air; what had been a pale grey line is black on the following day and cannot be wiped off.',
    'The same ink can eat up what it was written on. If there is more iron in it than tannin, acid forms over the centuries, and the paper below the letters turns brown and brittle until they fall out as if they had been punched.',
    'Carbon ink is older still. Soot from burnt oil or resin is ground with a binder and thinned with water, in China and Egypt for more than four thousand years. Carbon does not fade, since light cannot change it, but it only lies on the surface.',
    'Most inks for fountain pens today are dyes in water. They flow well and are easily washed out of a pen, and out of a shirt too; for the same reason the letters run when a drop of water falls on them, and pale within years in the sun.',
    'Those who write documents use pigment inks. Particles of less than a thousandth of a millimetre stay between the fibres of the paper when the water has gone. They resist light and water, but must not be left to dry in the pen.',
    'An international standard, ISO 12757-2, says what a ball pen for documents has to withstand: water, alcohol, an eraser, bleach, and light for a given time. A line that can be read afterwards may be called document-proof.',
  ],
};

const app = document.querySelector('#app');

/** Shows the article that the address names, after a while, as if it came from a server. */
function render() {
  const name = new URLSearchParams(location.search).get('article') || 'pen';
  if (app.dataset.shown == name) return;
  app.dataset.shown = name;
  const [title, ...paragraphs] = ARTICLES[name] || ARTICLES.pen;
  setTimeout(() => {
    document.title = title;
    const article = document.createElement('article');
    const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
    article.append(element('h1', title), ...paragraphs.map((text) => element('p', text)));
    app.replaceChildren(article);
    scrollTo(0, 0);
  }, LOADING_MS);
}

document.querySelector('nav').addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (!link) return;
  event.preventDefault();
  history.pushState({ article: link.dataset.article }, '', link.href);
  render();
});
addEventListener('popstate', render);
render();

/** Shows the cards again where a link says; `init()` takes away what it showed before. */
const { instance } = AutoBlogQuestionInjector;

/** @param {HTMLAnchorElement} link */
function place({ hash, dataset }) {
  const name = dataset.placement || hash.slice(1);
  instance.options.placement = Number(name) || name;
  instance.init();
}

for (const link of document.querySelectorAll('nav a')) {
  if (link.hash == location.hash) place(link);
  link.addEventListener('click', () => place(link));
}

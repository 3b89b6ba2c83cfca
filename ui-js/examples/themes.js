/** Swaps the site's theme; the widget follows by itself, since custom properties are inherited into it. */
const buttons = [...document.querySelectorAll('button[data-theme]')];

for (const button of buttons) {
  button.addEventListener('click', () => {
    document.querySelector('#theme').href = `themes/${button.dataset.theme}.css`;
    for (const one of buttons) one.setAttribute('aria-pressed', String(one == button));
  });
}

/**
 * Registers <aftercare-chat>. The element is defined only when all of it has arrived; until then, and for ever if
 * anything is missing, the page shows the fallback text inside the element: the numbers are never lost.
 */
(() => {
  const base = new URL('widget/', document.currentScript.src);
  const core = import(new URL('chat/core.js', base));
  const sheet = fetch(new URL('theme.css', base)).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)));
  Promise.all([sheet, core]).then(([css, { AftercareChat }]) => AftercareChat.define(css), (error) => console.warn('aftercare-chat', error));
})();

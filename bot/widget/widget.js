/**
 * Registers <aftercare-chat>, with all that the first words need in this one file: on an old phone every further request
 * delays them. The gateway puts the core's modules and theme.css where they are named (bot/gateway/widget_script.py).
 * Until this file has arrived, and for ever if it does not, the page shows the fallback text inside the element.
 */
(() => {
  'use strict';
  const here = new URL('widget/chat/core.js', document.currentScript.src);
  const load = (path) => import(new URL(path, here));
  CORE;
  AftercareChat.core = { NAMES };
  AftercareChat.define(THEME);
})();

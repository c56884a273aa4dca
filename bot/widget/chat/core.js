/**
 * What the widget cannot start without, each module after those it imports. The gateway puts them into widget.js, and
 * what is loaded later gets them from there under this name.
 */

export * from './dom.js';
export * from './api.js';
export * from './view.js';
export * from './conversation.js';
export * from './element.js';

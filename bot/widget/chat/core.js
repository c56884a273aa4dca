/**
 * What the widget cannot start without, each module after those it imports. The gateway sends them as one file: on an
 * old phone every further request delays the first word.
 */

export * from './dom.js';
export * from './api.js';
export * from './view.js';
export * from './conversation.js';
export * from './element.js';

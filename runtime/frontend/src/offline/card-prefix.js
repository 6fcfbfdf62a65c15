// What the text of a card begins with.

export const PREFIX = "PC1:";
const ANY_VERSION = /^PC[0-9]{1,3}:/;

/** Whether a text says that it is a passport card, of whatever version. @param {string} text */
export const isCardText = (text) => ANY_VERSION.test(text);

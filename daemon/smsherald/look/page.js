"use strict";

// What the scripts of all pages are written with. Whatever comes from elsewhere goes into a page by
// textContent: it is shown, never read as markup. `dir` keeps marks of direction within it.

const byId = (id) => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// For a value of somebody else's: which way it is read is its own affair.
function foreign(tag, className, text) {
  const made = element(tag, className, text);
  made.dir = "auto";
  return made;
}

function figure(number) {
  return number.toLocaleString("en");
}

function plural(number, word) {
  return `${figure(number)} ${word}${number === 1 ? "" : "s"}`;
}

// A screen reader need not hear what is the same as a moment ago.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// htmx 4.0.1 gives Document.parseHTMLUnsafe a second argument; Chromium 143 refuses it.
try {
  Document.parseHTMLUnsafe?.("", {});
} catch {
  const parse = Document.parseHTMLUnsafe.bind(Document);
  Document.parseHTMLUnsafe = (html) => parse(html);
}

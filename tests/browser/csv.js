// Comma-separated values as RFC 4180 has them, read without mercy.

/** The records of a file. Throws where it is not as RFC 4180 says. */
export function parse(text) {
  const records = [];
  let record = [];
  let at = 0;
  while (at < text.length) {
    let value = '';
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) throw new Error('a quoted field does not end');
        value += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        value += '"';
        at += 1;
      }
    } else {
      const end = text.slice(at).search(/[,\r\n"]/);
      if (end < 0 || text[at + end] === '"') throw new Error(`a bare field goes wrong at ${at}`);
      value = text.slice(at, at + end);
      at += end;
    }
    record.push(value);
    if (text[at] === ',') {
      at += 1;
    } else if (text.startsWith('\r\n', at)) {
      at += 2;
      records.push(record);
      record = [];
    } else {
      throw new Error(`neither a comma nor a line's end at ${at}`);
    }
  }
  if (record.length) throw new Error('the last line does not end');
  return records;
}

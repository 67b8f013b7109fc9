// Tables that a bench writes into pages, between <!-- NAME --> and <!-- /NAME -->.
import fs from 'node:fs';

const place = (name) => new RegExp(`<!-- ${name} -->\\n[\\s\\S]*?<!-- /${name} -->`);

// Figures may be as far off as another build of the same compiler makes them; every other word must be there.
export function same(a, b) {
    const words = (page) => page.split(/\s+/);
    const value = (word) => parseFloat(word.replaceAll(',', ''));
    const [left, right] = [words(a), words(b)];
    return left.length === right.length && left.every((word, i) =>
        word === right[i] || Math.abs(value(word) - value(right[i])) <= Math.max(0.02, 0.005 * value(word)));
}

// `page` with the tables of these names taken out; what other benches write is none of the caller's.
export const without = (page, names) => names.reduce((text, name) => text.replace(place(name), empty(name)), page);
// `page` with the tables of these names as `now` has them.
export const withThoseOf = (page, now, names) => names.reduce((text, name) => text.replace(place(name), () => place(name).exec(now)?.[0] ?? empty(name)), page);
export const empty = (name) => `<!-- ${name} -->\n<!-- /${name} -->`;

// Write the table into each page, or say which does not have it.
export function keep(pages, name, table, write, complain) {
    const wanted = `<!-- ${name} -->\n${table}\n<!-- /${name} -->`;
    for (const page of pages) {
        const now = fs.readFileSync(page, 'utf8'), found = place(name).exec(now)?.[0];
        if (found === undefined)
            complain(`${page} has no place for the table ${name}`);
        else if (write)
            fs.writeFileSync(page, now.replace(place(name), () => wanted));
        else if (!same(found, wanted))
            complain(`${page} does not say what was measured: bench/${name}.sh --write`);
    }
}

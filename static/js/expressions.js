// Twin of domain/expressions.py: computes the expression trees of a checklist. Right is what JavaRosa answers
// (tests/expressions/cases.json); the reasons for each rule stand in the Python twin.
const DAY = 864e5;
const BLANKS = /^[\0- ]+|[\0- ]+$/g;
const WRITTEN = /^(\d{4})-(\d\d?)-(\d\d?)(?:T(\d\d?):(\d\d?)(?::(\d\d?(?:\.\d+)?))?(Z|([+-])(\d\d?)(?::(\d\d))?)?)?$/;
const STRICT = /^\d{4}-\d\d-\d\d($|T\d\d:\d\d)/;

export class ExpressionError extends Error {}

const fail = (reason) => {
  throw new ExpressionError(reason);
};

// A date with or without time: milliseconds on the wall clock since 1970-01-01.
class Moment {
  constructor(ms) {
    this.ms = ms;
    this.day = Math.floor(ms / DAY);
    if (this.day < -719162 || this.day > 2932896) fail("date");
  }

  iso() {
    return new Date(this.ms).toISOString();
  }
}

function readMoment(text, offset, strict) {
  const found = (!strict || STRICT.test(text)) && WRITTEN.exec(text);
  if (!found) return null;
  const [, year, month, day, hour = 0, minute = 0, second = 0, zone, sign, away = 0, more = 0] = found;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (+year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== +day) return null;
  if (hour > 23 || minute > 59 || second >= 60) return null;
  const whole = Math.trunc(second);
  let ms = +date + (hour * 60 + +minute) * 6e4 + whole * 1000 + Math.trunc(1000 * second - 1000 * whole);
  if (zone) ms += offset - (sign === "-" ? -1 : 1) * (away * 60 + +more) * 6e4;
  return new Moment(ms);
}

function one(value, offset) {
  if (!Array.isArray(value)) return value;
  if (value.length > 1) fail("repeated");
  return value.length ? content(value[0], offset) : "";
}

function content({ address, content: found }, offset) {
  if (typeof found !== "string") return found === null || typeof found === "object" ? "" : found;
  return (address[0][0] !== "root" && readMoment(found, offset, true)) || found;
}

function number(value) {
  if (value instanceof Moment) return value.day;
  if (typeof value !== "string") return +value;
  const text = value.replaceAll(",", ".").replace(BLANKS, "");
  return /^-?(\d+\.?\d*|\.\d+)$/.test(text) ? +text : NaN;
}

function text(value) {
  if (value instanceof Moment) return value.iso().slice(0, 10);
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-12) return "0";
  if (size <= 2147483647 && Math.abs(value - Math.trunc(value)) < 1e-12) return String(Math.trunc(value));
  const pointed = (digits) => (digits.includes(".") ? digits : `${digits}.0`);
  if (size >= 1e-3 && size < 1e7) return pointed(String(value));
  const [digits, power] = value.toExponential().split("e");
  return `${pointed(digits)}E${+power}`;
}

function bool(value) {
  if (typeof value === "number") return Math.abs(value) > 1e-12;
  return value !== false && value !== "";
}

function equal(left, right) {
  const either = (type) => typeof left === type || typeof right === type;
  if (either("boolean")) return bool(left) === bool(right);
  if (either("number")) return Math.abs(number(left) - number(right)) < 1e-12;
  return text(left) === text(right);
}

function whole(value) {
  return Math.max(-2147483648, Math.min(2147483647, Math.trunc(number(value)))) || 0;
}

function round(value, places = 0) {
  if (!Number.isFinite(value)) return value;
  const shifted = (digits, by) => {
    const [mantissa, power = 0] = String(digits).split("e");
    return +`${mantissa}e${+power + by}`;
  };
  const scaled = shifted(value, places);
  return Math.abs(scaled) >= 1e21 ? value : shifted(Math.round(scaled), -places) + 0;
}

function toDate(value, offset, keepTime) {
  if (value instanceof Moment) return keepTime ? value : new Moment(value.day * DAY);
  if (typeof value === "boolean") fail("date");
  if (typeof value === "number") {
    if (Number.isNaN(value)) return value;
    const day = new Moment(Math.trunc(value) * DAY);
    return keepTime ? new Moment(Math.trunc(value * DAY) + offset) : day;
  }
  return readMoment(value, offset) || (value && fail("date"));
}

function formatDate(value, pattern, offset) {
  const moment = toDate(value, offset, true);
  if (!(moment instanceof Moment)) return "";
  const [, Y, y, m, d, H, M, S, ms] = /(..(..))-(..)-(..)T(..):(..):(..)\.(...)/.exec(moment.iso());
  const parts = { Y, y, m, d, H, M, S, 3: ms, n: +m, e: +d, h: +H, "%": "%" };
  return pattern.replace(/%(.)/g, (all, letter) => parts[letter] ?? all);
}

function substring(value, start, end) {
  const found = text(value);
  const place = (at) => Math.min(Math.max(0, at < 0 ? at + found.length : at), found.length);
  const first = place(whole(start));
  const last = end === undefined ? found.length : place(whole(end));
  return found.slice(first, Math.max(first, last));
}

const chosen = (value) => text(value).split(" ").filter(Boolean);
const known = (values) => values.map(number).filter((value) => !Number.isNaN(value));

const OPERATORS = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  div: (left, right) => left / right,
  mod: (left, right) => left % right,
};

// Functions of single values.
const PLAIN = {
  selected: (value, choice) => ` ${text(value)} `.includes(` ${text(choice).replace(BLANKS, "")} `),
  "selected-at": (value, index) => chosen(value)[whole(index)] ?? "",
  "count-selected": (value) => chosen(value).length,
  regex: (value, pattern) => new RegExp(pattern, "u").test(text(value)),
  int: (value) => Math.trunc(number(value)),
  round: (value, places) => round(number(value), places),
  number,
  string: text,
  "string-length": (value) => text(value).length,
  substr: substring,
  contains: (value, part) => text(value).includes(text(part)),
  "starts-with": (value, part) => text(value).startsWith(text(part)),
  not: (value) => !bool(value),
  true: () => true,
  false: () => false,
  boolean: bool,
  "boolean-from-string": (value) => /^(1|true)$/i.test(text(value)),
};

// Functions of trees: they look at paths or the clock, or not at all arguments.
const SPECIAL = {
  if: (scope, test, then, other) => value(bool(scalar(test, scope)) ? then : other, scope),
  coalesce(scope, first, second) {
    const found = value(first, scope);
    const only = one(found, scope.offset);
    return only === "" || Number.isNaN(only) ? value(second, scope) : found;
  },
  once(scope, fresh) {
    const found = scalar(["p", "", ["."]], scope);
    return found === "" ? value(fresh, scope) : found;
  },
  concat: (scope, ...parts) => spread(parts, scope).map(text).join(""),
  join: (scope, by, ...parts) => spread(parts, scope).map(text).join(text(scalar(by, scope))),
  count: (scope, path) => value(path, scope).length,
  "count-non-empty": (scope, path) => value(path, scope).filter((node) => filled(node.content)).length,
  sum: (scope, path) => known(spread([path], scope)).reduce((sum, item) => sum + item, 0),
  min: (scope, ...parts) => least(known(spread(parts, scope))),
  max(scope, ...parts) {
    const numbers = known(spread(parts, scope));
    return numbers.length ? Math.max(Number.MIN_VALUE, ...numbers) : NaN;
  },
  today: (scope) => scope.today,
  now: (scope) => scope.now,
  date: (scope, day) => toDate(scalar(day, scope), scope.offset),
  "format-date": (scope, day, pattern) => formatDate(scalar(day, scope), pattern[1], scope.offset),
  "decimal-date-time"(scope, day) {
    const found = scalar(day, scope);
    if (typeof found === "number") return Math.abs(found) > 2147483647 ? fail("date") : found;
    const moment = toDate(found, scope.offset, true);
    return moment instanceof Moment ? (moment.ms - scope.offset) / DAY : moment;
  },
  position(scope, path) {
    const [node] = value(path, scope);
    return node ? 1 + (node.address.at(-1)?.[1] ?? 0) : 0;
  },
  "indexed-repeat"(scope, field, ...places) {
    const steps = absolute(field, scope);
    for (let i = 0; i < places.length; i += 2) {
      const group = absolute(places[i], scope);
      if (!group.length || group.some(([name], at) => steps[at]?.[0] !== name)) fail("indexed-repeat");
      steps[group.length - 1] = [group.at(-1)[0], Math.max(1, whole(scalar(places[i + 1], scope))) - 1, []];
    }
    return walk(scope.main, steps, scope);
  },
  "jr:choice-name"(scope, name, path) {
    const wanted = text(scalar(name, scope));
    return scope.choices[path[1]]?.find((choice) => choice.name === wanted)?.label ?? "";
  },
  pow(scope, base, power) {
    const [left, right] = [base, power].map((tree) => {
      const found = value(tree, scope);
      return found instanceof Moment ? found.ms / DAY : number(one(found, scope.offset));
    });
    return left ** right;
  },
};

const least = (numbers) => (numbers.length ? Math.min(...numbers) : NaN);
const filled = (found) =>
  found !== null && typeof found === "object" ? Object.keys(found).length > 0 : (found ?? "") !== "";

function spread(trees, scope) {
  if (trees.length > 1) return trees.map((tree) => scalar(tree, scope));
  const found = value(trees[0], scope);
  return Array.isArray(found) ? found.map((node) => content(node, scope.offset)) : [found];
}

const scalar = (tree, scope) => one(value(tree, scope), scope.offset);

function value(tree, scope) {
  const [kind, first, ...rest] = tree;
  if (kind === "n" || kind === "s") return first;
  if (kind === "neg") return -number(scalar(first, scope));
  if (kind === "p") return nodes(first, rest, scope);
  if (kind === "op") {
    const left = scalar(rest[0], scope);
    if ((first === "or" || first === "and") && bool(left) === (first === "or")) return first === "or";
    const right = scalar(rest[1], scope);
    if (first === "=" || first === "!=") return equal(left, right) === (first === "=");
    return OPERATORS[first] ? OPERATORS[first](number(left), number(right)) : bool(right);
  }
  if (PLAIN[first]) return PLAIN[first](...rest.map((argument) => scalar(argument, scope)));
  return SPECIAL[first] ? SPECIAL[first](scope, ...rest) : fail(first);
}

function nodes(start, steps, scope) {
  if (start[1] === "instance") {
    const list = scope.choices[start[2][1]] ?? fail("instance");
    return walk({ root: { item: list } }, free(steps), scope);
  }
  const from = start[1] === "current" ? { ...scope, root: scope.main, context: scope.current } : scope;
  return walk(start === "/" ? from.main : from.root, absolute(["p", start, ...steps], from), from);
}

function free(steps) {
  const found = [];
  for (const [name, predicate] of steps) {
    if (name === "?") found.at(-1)[2].push(predicate);
    else found.push([name, null, []]);
  }
  return found;
}

// An absolute path inside a repeat means the asking instance, as far as it runs beside the context.
function absolute([, start, ...steps], scope) {
  if (start === "/") {
    const found = free(steps);
    for (let i = 0; i < found.length && scope.context[i]?.[0] === found[i][0]; i += 1) {
      if (!found[i][2].length) [, found[i][1]] = scope.context[i];
    }
    return found;
  }
  let base = scope.context;
  while (steps.length && /^\.\.?$/.test(steps[0][0])) if (steps.shift()[0] === "..") base = base.slice(0, -1);
  return [...base.map(([name, index]) => [name, index, []]), ...free(steps)];
}

function walk(root, steps, scope) {
  let found = [{ address: [], content: root }];
  for (const [name, index, predicates] of steps) {
    found = found.flatMap((node) => children(node, name, index));
    for (const predicate of predicates) {
      found = found.filter(({ address }) => bool(scalar(predicate, { ...scope, root, context: address })));
    }
  }
  return found;
}

function children(node, name, index) {
  if (node.content === null || typeof node.content !== "object" || !Object.hasOwn(node.content, name)) return [];
  return [node.content[name]]
    .flat()
    .map((child, place) => ({ address: [...node.address, [name, place]], content: child }))
    .filter((child, place) => index === null || index === place);
}

function scopeOf(instance, { context = "/data", now, today, choices = {} }) {
  const zone = /([+-])(\d\d):?(\d\d)$/.exec(now);
  const offset =
    now instanceof Date
      ? -now.getTimezoneOffset() * 6e4
      : zone ? (zone[1] === "-" ? -1 : 1) * (zone[2] * 60 + +zone[3]) * 6e4 : 0;
  const moment = now instanceof Date ? new Moment(+now + offset) : readMoment(now, offset);
  const address = context
    .split("/")
    .filter(Boolean)
    .map((step) => {
      const [name, index] = step.split(/[[\]]/);
      return [name, index ? index - 1 : null];
    });
  return {
    main: instance,
    root: instance,
    context: address,
    current: address,
    now: moment,
    today: today ? readMoment(today, offset) : new Moment(moment.day * DAY),
    offset,
    choices,
  };
}

const shown = (found) => (found instanceof Moment ? text(found) : found);

// `instance` is {data: {...}}; `now` a Date, or ISO text with its offset; `today` "yyyy-mm-dd" (else the day of now).
export function evaluate(tree, instance, options) {
  const scope = scopeOf(instance, options);
  const found = value(tree, scope);
  return Array.isArray(found) ? found.map((node) => shown(content(node, scope.offset))) : shown(found);
}

export function truth(tree, instance, options) {
  return bool(scalar(tree, scopeOf(instance, options)));
}

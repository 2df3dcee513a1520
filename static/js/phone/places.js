// Finding the office of a visit: by any part of its name without accents, the nearest first. Pure.

export function fold(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

// What a text is found by: "ia hdrai" finds Ia H'Drai too.
const keyOf = (text) => `${fold(text)} ${fold(text.replace(/['’ʼ‘`´]/g, ""))}`;

export const matches = (text, query) => keyOf(text).includes(fold(query));

const EARTH = 6371; // km
const radians = (degrees) => (degrees * Math.PI) / 180;

// Kilometres between two places {lat, lon}; Infinity where one is unknown.
export function distance(one, other) {
  if (one?.lat == null || other?.lat == null) return Infinity;
  const half = (from, to) => Math.sin(radians(to - from) / 2) ** 2;
  const across = Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * half(one.lon, other.lon);
  return 2 * EARTH * Math.asin(Math.sqrt(half(one.lat, other.lat) + across));
}

// Units made ready to be searched at every keystroke: [{unit, km, ...}]. They come in the order that holds where nothing
// else decides; `here` is where the phone is, if that is known.
export const prepare = (units, here = null) =>
  units.map((unit, place) => {
    const [name, key] = [keyOf(unit.name), keyOf(`${unit.full} ${unit.area}`)];
    return { unit, place, name, key, words: ` ${name}`, km: distance(here, unit) };
  });

function rankOf({ name, words, key }, wanted) {
  if (name.startsWith(wanted)) return 0;
  if (words.includes(` ${wanted}`)) return 1;
  return key.includes(wanted) ? 2 : null;
}

const compare = (one, other) => (one.km === other.km ? one.place - other.place : one.km - other.km);

// The units that `query` finds: whose name begins with it first, then with a later word, then the rest; of equals the
// nearest first.
export function search(prepared, query) {
  const wanted = fold(query);
  const ranks = [[], [], []];
  for (const entry of prepared) ranks[wanted ? rankOf(entry, wanted) : 0]?.push(entry);
  return ranks.flatMap((equals) => equals.sort(compare));
}

// "850 m", "3,4 km"; nothing where nobody knows.
export function readableDistance(km, language = "vi") {
  if (!Number.isFinite(km)) return "";
  if (km < 0.995) return `${Math.max(10, Math.round(km * 100) * 10)} m`;
  return `${km.toLocaleString(language, { maximumFractionDigits: km < 19.95 ? 1 : 0 })} km`;
}

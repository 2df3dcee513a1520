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
export const keyOf = (text) => `${fold(text)} ${fold(text.replace(/['’ʼ‘`´]/g, ""))}`;

export const matches = (text, query) => keyOf(text).includes(fold(query));

const EARTH = 6371; // km
const radians = (degrees) => (degrees * Math.PI) / 180;

// Kilometres between two places {lat, lon}; Infinity where one is unknown.
export function distance(one, other) {
  if (one?.lat == null || other?.lat == null) return Infinity;
  const half = (a, b) => Math.sin(radians(b - a) / 2) ** 2;
  const bow = half(one.lat, other.lat) + Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * half(one.lon, other.lon);
  return 2 * EARTH * Math.asin(Math.sqrt(bow));
}

// Units made ready for being searched at every keystroke: [{unit, name, key}].
export const prepare = (units) => units.map((unit) => ({ unit, name: fold(unit.name), key: keyOf(`${unit.full} ${unit.area}`) }));

// The units that `query` finds, with their distance: those whose name begins with it first, then the nearest, then as
// they stand in the list (Vietnamese order).
export function search(prepared, query, here = null) {
  const wanted = fold(query);
  const rank = ({ name, key }) => (name.startsWith(wanted) ? 0 : ` ${key}`.includes(` ${wanted}`) ? 1 : 2);
  return prepared
    .map((entry, place) => ({ ...entry, place }))
    .filter(({ key }) => key.includes(wanted))
    .map((entry) => ({ unit: entry.unit, place: entry.place, rank: wanted ? rank(entry) : 0, km: distance(here, entry.unit) }))
    .sort((one, other) => one.rank - other.rank || compare(one.km, other.km) || one.place - other.place);
}

const compare = (one, other) => (one === other ? 0 : one < other ? -1 : 1);

// "3,4 km", "850 m"; "" where nobody knows.
export function readableDistance(km) {
  if (!Number.isFinite(km)) return "";
  return km < 1 ? `${Math.max(10, Math.round(km * 100) * 10)} m` : `${km.toFixed(km < 20 ? 1 : 0).replace(".", ",")} km`;
}

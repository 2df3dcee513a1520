// One editor of a checklist at a time where the browser has no locks (Safari before 15.4): the tabs agree among themselves.

const PATIENCE = 200; // milliseconds in which an open tab answers

// Resolves with whether this page may write; when it may later, `onFree` is called. Who holds the name answers whoever
// asks; of two that ask at the same moment the smaller number wins. A tab that closes says so; a killed one is silent.
export function elect(name, onFree) {
  const channel = new BroadcastChannel(name);
  const own = Math.random();
  let standing = "asks";
  return new Promise((answer) => {
    const settle = (found) => {
      if (standing !== "asks") return;
      standing = found;
      answer(found === "holds");
    };
    channel.onmessage = ({ data: { asks, held, free } }) => {
      const first = standing === "holds" || (standing === "asks" && own < asks);
      if (asks !== undefined && first) channel.postMessage({ held: asks });
      if (held === own) settle("watches");
      if (free && standing === "watches") onFree();
    };
    addEventListener("pagehide", () => standing === "holds" && channel.postMessage({ free: true }));
    channel.postMessage({ asks: own });
    setTimeout(settle, PATIENCE, "holds");
  });
}

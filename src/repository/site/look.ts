/** How the pages look, and their search: inline, so that a page is one file, and named by digests in its policy. */

/** Colours of text have a contrast of 4.5:1 or more on their ground, light and dark. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--soft:#f4f5f7;--line:#d9dce1;--text:#1d2126;--quiet:#59616b;--link:#0b57b0;--mark:#0b57b0}
@media (prefers-color-scheme:dark){:root{--ground:#15181c;--soft:#1f2328;--line:#363c44;--text:#e4e7ea;--quiet:#a3abb5;--link:#82b5ff;--mark:#82b5ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.3;margin:2.75rem 0 .75rem;padding-bottom:.35rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .4rem}
p{margin:.5rem 0}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,input:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--mark);outline-offset:2px;border-radius:3px}
.quiet,small,time,caption,footer{color:var(--quiet)}
small{font-size:.85em;font-weight:400}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:1rem 0 0;padding:0;list-style:none}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.875rem}
code{overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.8rem 1rem;background:var(--soft);border:1px solid var(--line);border-radius:6px;overflow-x:auto;line-height:1.5}
details{margin:.75rem 0}
summary{cursor:pointer}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.25rem 0}
th,td{padding:.4rem .9rem .4rem 0;text-align:left;vertical-align:top;font-weight:400;overflow-wrap:anywhere}
thead th{color:var(--quiet);font-size:.85rem;border-bottom:1px solid var(--line);overflow-wrap:normal}
tbody tr:first-child>*{border-top:1px solid var(--line)}
thead+tbody tr:first-child>*{border-top:0}
tbody th{font-weight:600}
tr.sub>*{padding-top:.05rem}
tr.sub th{font-weight:400;padding-left:1.25rem}
.channels th,.channels td{white-space:nowrap}
.packages{table-layout:fixed}
.packages th:first-child{width:44%}
.packages th:nth-child(2){width:24%}
.packages td a{margin-right:.35rem;text-decoration:none}
.packages td a:hover{text-decoration:underline}
.when{white-space:nowrap}
.changes{padding:0;list-style:none}
.changes>li{padding:.6rem 0;border-bottom:1px solid var(--line)}
.changes ul{margin:.2rem 0 0;padding-left:1.25rem;overflow-wrap:anywhere}
.find{margin:.75rem 0;display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem}
.find[hidden]{display:none}
.find input{flex:1 1 14rem;max-width:26rem;font:inherit;padding:.45rem .7rem;color:inherit;background:var(--ground);border:1px solid var(--quiet);border-radius:6px}
footer{margin-top:3.5rem;padding-bottom:2.5rem;font-size:.875rem}
@media (max-width:36rem){h1{font-size:1.6rem}header{padding-top:1.5rem}.packages th:first-child{width:46%}th,td{padding-right:.6rem}}
@media print{nav,.find{display:none}}
`;

/**
 * The search box, which is there only where it works, and addresses such as `#q=hello` that lead to what was found. What
 * is shown comes from the page itself, and only by `hidden` and text.
 */
export const SCRIPT = `
(() => {
  const form = document.getElementById('find');
  const box = document.getElementById('q');
  const found = document.getElementById('found');
  if (form === null) return;
  const groups = [...document.querySelectorAll('.packages tbody')];
  let texts;
  const show = () => {
    texts ??= groups.map((group) => group.textContent.toLowerCase());
    const words = box.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    let count = 0;
    groups.forEach((group, index) => {
      const isHit = words.every((word) => texts[index].includes(word));
      if (group.hidden === isHit) group.hidden = !isHit;
      if (isHit) count += group.rows.length;
    });
    found.textContent = words.length === 0 ? '' : count === 1 ? '1 found' : count + ' found';
  };
  const read = () => {
    const [, asked] = /^#q=(.*)$/.exec(location.hash) ?? [];
    if (asked === undefined) return;
    try {
      box.value = decodeURIComponent(asked);
    } catch {
      box.value = asked;
    }
    show();
  };
  let wait;
  box.addEventListener('input', () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      show();
      history.replaceState(null, '', box.value === '' ? '#packages' : '#q=' + encodeURIComponent(box.value));
    }, 60);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  addEventListener('hashchange', read);
  form.hidden = false;
  read();
})();
`;

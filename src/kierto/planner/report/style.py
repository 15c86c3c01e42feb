"""The report's style sheet: one column, two schemes of light, one for paper.

The seven colours of the groups are those of Okabe and Ito (2008, "Color Universal Design"),
told apart under all common forms of colour blindness; letters say the same a second time.
"""

from __future__ import annotations

CSS = (
    """
:root{color-scheme:light dark;--ground:#fbfaf7;--ink:#1c2b26;--quiet:#55645e;--line:#d5dad4;
--accent:#1f5b47;--node:#31413b;--g0:#0072b2;--g1:#d55e00;--g2:#009e73;--g3:#cc79a7;--g4:#e69f00;
--g5:#56b4e9;--g6:#b8a800;--gx:#8a8f8c}
@media (prefers-color-scheme:dark){:root{--ground:#101a16;--ink:#e8efe9;--quiet:#a9b8b0;
--line:#33433c;--accent:#8fd0b4;--node:#d5e2da;--g0:#4ea6dc;--g1:#f0874a;--g2:#3cc79c;
--g6:#e6d84a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:1rem/1.55 "IBM Plex Sans",system-ui,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:64rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.3rem;margin:3rem 0 .75rem;border-block-start:2px solid var(--accent);
padding-block-start:.75rem}
p{max-width:44rem}
.answer{font-size:1.15rem}
.quiet,figcaption,caption{color:var(--quiet)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem 2rem;
margin:1.5rem 0}
.figures dt{color:var(--quiet)}
.figures dd{margin:0;font-size:1.5rem;font-weight:600}
figure{margin:1.5rem 0}
figcaption{max-width:44rem;margin-block-end:.5rem}
svg{direction:ltr;display:block;width:100%;height:auto;font:12px "IBM Plex Sans",system-ui,sans-serif}
.wide{overflow-x:auto}.wide svg{min-width:40rem}
.ribbon{fill:none;stroke-opacity:.5}.ribbon.loop{stroke-opacity:.65}
.flow{fill:none;stroke-opacity:.6;stroke-linecap:round}
.node{fill:var(--node)}
.label,.mark{fill:var(--ink);paint-order:stroke;stroke:var(--ground);stroke-width:3px;
stroke-linejoin:round}
.label .value{fill:var(--quiet)}
.mark{text-anchor:middle;font-weight:600;font-size:11px}
.place{fill:var(--node);stroke:var(--ground);stroke-width:1.5px}
.bar,.room{fill:none;stroke:var(--ink);stroke-width:1.5px}
.room{stroke-dasharray:5 4;stroke:var(--quiet)}.stock{fill:var(--g0)}
"""
    + "".join(
        f".{name}{{stroke:var(--{name})}}.{name} .head{{fill:var(--{name});stroke:none}}"
        f".swatch.{name}{{border-color:var(--{name})}}\n"
        for name in ("g0", "g1", "g2", "g3", "g4", "g5", "g6", "gx")
    )
    + """
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.5rem 0}
.swatch{display:inline-block;min-width:1.6em;text-align:center;font-weight:600;
border:3px solid;border-radius:.2em;line-height:1.25}
table{border-collapse:collapse;width:100%;font-size:.95rem}
caption{text-align:start;padding-block-end:.4rem}
th,td{padding:.35rem .6rem;text-align:start;vertical-align:top;
border-block-end:1px solid var(--line)}
thead th{border-block-end:2px solid var(--line);color:var(--quiet);font-weight:500}
tbody th{font-weight:500}
.number{text-align:end;white-space:nowrap}
.scroll{overflow-x:auto}
summary{cursor:pointer;padding:.7rem 0;color:var(--accent);font-weight:500}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
code{overflow-wrap:anywhere}
@media print{:root{--ground:#fff;--ink:#000;--quiet:#333;--line:#bbb;--node:#222}
main{max-width:none;padding:0}h2{break-after:avoid}figure,tr{break-inside:avoid}
summary{display:none}.scroll,.wide{overflow:visible}.wide svg{min-width:0}}
"""
)

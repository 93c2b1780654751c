/** How a regression's page looks: light or dark as its reader likes it; every text has a contrast of 4.5 to 1 or more. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf7;--card:#fff;--fg:#1c1b1a;--dim:#5c5955;--line:#dcd8d0;--pass:#17663a;--fail:#b3261e;--known:#7a5900;
--passed:#e3f2e6;--failed:#fbe4e1;--knew:#faf0d2;--a:#0b57a4;--b:#a3470b;--good:#d5ead9;--half:#f7e7b5;--bad:#f6cfca;--other:#dcdff4}
@media (prefers-color-scheme:dark){:root{--bg:#16171a;--card:#1e2024;--fg:#ece9e4;--dim:#aca8a0;--line:#3a3d44;--pass:#7bd597;--fail:#ff9a91;
--known:#ebc867;--passed:#1d3526;--failed:#47211f;--knew:#3d3314;--a:#7ab8ff;--b:#ffb27d;--good:#214a2f;--half:#574a17;--bad:#64302c;--other:#363b66}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .75rem}h3{font-size:1rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0}.dim,small,figcaption{color:var(--dim)}
.word-PASS{color:var(--pass)}.word-FAIL{color:var(--fail)}
code,pre{font:.85rem/1.45 ui-monospace,monospace}
pre{margin:.5rem 0;padding:.6rem .75rem;background:var(--card);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
.cards{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0;padding:0;list-style:none}
.cards li{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.4rem .8rem;min-width:6.5rem}
.cards b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:6px;background:var(--card)}
.wide:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--a);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:center;white-space:nowrap}
td{min-width:3.5rem}
tr:last-child>*{border-bottom:0}
th{font-weight:500}tbody th{text-align:left;position:sticky;left:0;background:var(--card);white-space:nowrap}
thead th{vertical-align:bottom}thead th span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
td small{display:block;font-size:.75rem;line-height:1.1}
td.none{color:var(--dim)}td.passed{background:var(--passed);color:var(--pass)}td.failed{background:var(--failed);color:var(--fail);font-weight:600}
td.known{background:var(--knew);color:var(--known)}td small{color:inherit}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.failure{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--fail);border-radius:6px;padding:1rem;margin:0 0 1rem}
.failure pre{background:var(--bg)}
ul{padding-left:1.25rem;margin:.5rem 0}li{overflow-wrap:anywhere}
figure{margin:1rem 0 0}.scroll{overflow-x:auto}svg{display:block;width:100%;min-width:560px;height:auto}
.key{display:inline-block;margin-right:1rem}.key svg{display:inline-block;width:28px;min-width:0;height:8px;margin-right:.35rem;vertical-align:middle}
svg text{font:11px system-ui,sans-serif;fill:var(--dim)}svg .title{fill:var(--fg);font-weight:600}
svg .panel{fill:none;stroke:var(--line)}svg .grid{stroke:var(--line);stroke-dasharray:2 3}
svg .line{fill:none;stroke-width:1.6}svg .a0{stroke:var(--a)}svg .a1{stroke:var(--b)}svg .a1.step{stroke-dasharray:5 2}
svg .mark{stroke:var(--fail);stroke-width:1.5}svg .marked{fill:var(--fail);font-weight:600}
svg .word{fill:var(--fg);font-size:10.5px}
svg .good rect{fill:var(--good)}svg .half rect{fill:var(--half)}svg .bad rect{fill:var(--bad)}svg .other rect{fill:var(--other)}
details{margin:.75rem 0}summary{cursor:pointer}
@media (max-width:30rem){tbody th{white-space:normal;max-width:9rem;overflow-wrap:anywhere;font-size:.8rem}main{padding:1rem .75rem 3rem}.failure{padding:.75rem}}
`;

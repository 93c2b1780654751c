import { begin, finish, scenario } from 'arraylab/test';

export default scenario({
  help: 'the link is away while hosts of both sites write; when it is back, each side gets what it lacks, and hosts went on',
  file: import.meta.url,
  rig: '../rigs/two-sites.json',
  settings: { away_us: 20_000 },
  run(sim, { away_us }) {
    begin(sim);
    sim.load_us(away_us * 2, { readsOf16: 2 });
    sim.wait_us(away_us / 2);
    sim.world.cutLink();
    const before = sim.writes;
    sim.wait_us(away_us);
    sim.expect(sim.writes > before, `hosts wrote on without the link (${sim.writes - before} writes)`);
    sim.world.mendLink();
    sim.paired();
    finish(sim);
  },
});

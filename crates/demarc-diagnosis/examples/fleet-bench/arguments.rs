//! What may be asked of the bench.

pub(crate) const HELP: &str = "\
fleet-bench: 5,000 simulated sites, outages of known groups, and years without any

  --seed N     first seed; fleets use N, N+1, ..., years N+1000000, ... [default: 1]
  --fleets N   fleets with outages [default: 10]
  --trials N   outages per fleet, fault and share [default: 20]
  --years N    fleet-years with independent troubles only [default: 20]
  --storms N   fleet-years with weather and planned works [default: 8]
  --short      a quick run for CI: 2 fleets, 5 trials, 2 years, 1 with weather
  --json       one JSON object instead of tables
  --help       this

Seeds 1 to 1999 were used to choose the parameters; any others are held out.
Exit code 1 when a floor is missed.";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments {
    pub(crate) seed: u64,
    pub(crate) fleets: u64,
    pub(crate) trials: u64,
    pub(crate) years: u64,
    pub(crate) storms: u64,
    pub(crate) json: bool,
}

pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut out = Arguments { seed: 1, fleets: 10, trials: 20, years: 20, storms: 8, json: false };
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--seed" => &mut out.seed,
            "--fleets" => &mut out.fleets,
            "--trials" => &mut out.trials,
            "--years" => &mut out.years,
            "--storms" => &mut out.storms,
            "--short" => {
                (out.fleets, out.trials, out.years, out.storms) = (2, 5, 2, 1);
                continue;
            }
            "--json" => {
                out.json = true;
                continue;
            }
            "--help" => return Err(HELP.to_owned()),
            _ => return Err(format!("there is no {word}; see --help")),
        };
        let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
        *place = value.parse().map_err(|_| format!("{word} needs a number, not {value}"))?;
    }
    Ok(out)
}

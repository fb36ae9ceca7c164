//! `temperaturecontrol.cgi`: sensors, heaters and fans.

use super::VapixError;
use crate::pairs;
use crate::request::Request;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemperatureControl {
    pub sensors: Vec<Sensor>,
    pub units: Vec<Unit>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensor {
    /// `S0` and so on.
    pub id: String,
    pub name: Option<String>,
    /// In hundredths of a degree Celsius; `None` where there is no sensor.
    pub centi_c: Option<i32>,
}

/// A heater or a fan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// `Heater.H0`, `Fan.F0`; only `Heater` or `Fan` when the camera does not say which.
    pub id: String,
    pub state: UnitState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitState {
    Running,
    Stopped,
    Failed,
    /// In the camera's words.
    Other(String),
}

const MOST: usize = 64;

pub fn temperature_request() -> Request {
    Request::get("/axis-cgi/temperaturecontrol.cgi?action=statusall")
}

/// # Errors
/// The bytes name no sensor, heater or fan.
pub fn parse_temperature(bytes: &[u8]) -> Result<TemperatureControl, VapixError> {
    let pairs = pairs::read(bytes).ok_or(VapixError::Text)?;
    let mut control = TemperatureControl::default();
    for (name, value) in &pairs.values {
        control.take(name, value);
    }
    for line in &pairs.other {
        if let Some(kind) = line.strip_suffix(" Failure") {
            control.units.push(Unit { id: kind.to_owned(), state: UnitState::Failed });
        }
    }
    let nothing = control.sensors.is_empty() && control.units.is_empty();
    if nothing { Err(VapixError::Text) } else { Ok(control) }
}

impl TemperatureControl {
    fn take(&mut self, name: &str, value: &str) {
        let mut parts = name.split('.');
        let (Some(kind), Some(id), Some(field), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        match (kind, field) {
            ("Sensor", _) => {
                let Some(sensor) = self.sensor(id) else { return };
                match field {
                    "Name" => sensor.name = (!value.is_empty()).then(|| value.to_owned()),
                    "Celsius" => sensor.centi_c = centi(value),
                    _ => {}
                }
            }
            ("Heater" | "Fan", "Status") if self.units.len() < MOST => {
                self.units.push(Unit { id: format!("{kind}.{id}"), state: UnitState::of(value) });
            }
            _ => {}
        }
    }

    fn sensor(&mut self, id: &str) -> Option<&mut Sensor> {
        let at = self.sensors.iter().position(|sensor| sensor.id == id);
        let at = match at {
            Some(at) => at,
            None if self.sensors.len() >= MOST => return None,
            None => {
                self.sensors.push(Sensor { id: id.to_owned(), name: None, centi_c: None });
                self.sensors.len() - 1
            }
        };
        self.sensors.get_mut(at)
    }
}

/// 200 and more, up to 999, stand for a sensor that is not there.
fn centi(value: &str) -> Option<i32> {
    let celsius: f64 = value.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (celsius > -100.0 && celsius < 200.0).then_some((celsius * 100.0).round() as i32)
}

impl UnitState {
    /// `Running[85%]`, `Stopped`, `Fan Failure`.
    fn of(value: &str) -> Self {
        let word = value.split('[').next().unwrap_or_default().trim();
        match word {
            "Running" => Self::Running,
            "Stopped" => Self::Stopped,
            _ if word.ends_with("Failure") => Self::Failed,
            _ => Self::Other(value.to_owned()),
        }
    }
}

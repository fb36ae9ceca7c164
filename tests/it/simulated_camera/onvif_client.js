// npm's onvif at a camera: says what the camera is, one a line.
//
// Arguments: the folder of the package, address, port, user name, password.

const [folder, hostname, port, username, password] = process.argv.slice(1);
const { Cam } = require(folder);

function say(error, told) {
  const lines = error
    ? [error.message]
    : [told.manufacturer, told.model, told.firmwareVersion, told.serialNumber];
  console.log(lines.join("\n"));
}

new Cam({ hostname, port: Number(port), username, password, timeout: 10000 }, function (error) {
  if (error) {
    say(error);
  } else {
    this.getDeviceInformation(say);
  }
});

// npm's onvif at a camera: says what the camera is and where its stream and snapshots are, one a line.
//
// Arguments: the folder of the package, address, port, user name, password.

const [folder, hostname, port, username, password] = process.argv.slice(1);
const { Cam } = require(folder);

function say(error, lines) {
  console.log((error ? [error.message] : lines).join("\n"));
}

new Cam({ hostname, port: Number(port), username, password, timeout: 10000 }, function (error) {
  if (error) {
    say(error);
  } else {
    this.getDeviceInformation((error, told) => {
      if (error) {
        say(error);
        return;
      }
      say(null, [told.manufacturer, told.model, told.firmwareVersion, told.serialNumber]);
      this.getProfiles((error, profiles) => {
        const profileToken = profiles?.[0].$.token;
        say(error, [profileToken]);
        this.getStreamUri({ protocol: "RTSP", profileToken }, (error, stream) => {
          say(error, [stream?.uri]);
          this.getSnapshotUri({ profileToken }, (error, snapshot) => say(error, [snapshot?.uri]));
        });
      });
    });
  }
});

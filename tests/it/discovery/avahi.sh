# A camera for multicast DNS: Avahi, as it runs in many devices. In a mount namespace of its own, where the
# folders that are compiled into it can be covered. Says "established" when it serves.
mount -t tmpfs tmpfs /run
mkdir /run/avahi-daemon
mount -t tmpfs tmpfs /etc/avahi
mkdir /etc/avahi/services
cat > /etc/avahi/avahi-daemon.conf <<'CONFIG'
[server]
host-name=axis-b8a44f000004
use-ipv6=no
enable-dbus=no
CONFIG
cat > /etc/avahi/services/axis.service <<'SERVICE'
<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>AXIS Q6135-LE - B8A44F000004</name>
  <service>
    <type>_axis-video._tcp</type>
    <port>80</port>
    <txt-record>macaddress=B8A44F000004</txt-record>
  </service>
</service-group>
SERVICE
exec avahi-daemon --no-drop-root --no-chroot --no-rlimits 2>&1

/* ONVIF's device and media services by gSOAP, the engine in many cameras: who may ask is decided by its
 * plugins. The addresses that it advertises are those of a camera behind a router: nobody reaches them.
 *
 * Arguments: "token" (WS-UsernameToken), "md5" or "sha-256" (HTTP Digest), user name, password, and two
 * files, which its snapshots are by turns.
 * Says its port, then for each request what was asked and the HTTP status of the answer. */

#include "DeviceBinding.nsmap"
#include "httpda.h"
#include "soapH.h"
#include "wsseapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char realm[] = "IP Camera";
static const char snapshot[] = "/snapshot?channel=1&size=small";
static const char *mode, *username, *password, *pictures[2];

static int answered(const char *asked, int status)
{
    printf("%s %d\n", asked, status);
    fflush(stdout);
    return status;
}

static int refuse_token(struct soap *soap, const char *asked)
{
    soap_wsse_delete_Security(soap);
    answered(asked, 400);
    return soap_sender_fault_subcode(soap, "ter:NotAuthorized", "Sender not authorized", NULL);
}

static int check_token(struct soap *soap, const char *asked)
{
    const char *name = soap_wsse_get_Username(soap);
    if (!name || strcmp(name, username) || soap_wsse_verify_Password(soap, password))
        return refuse_token(soap, asked);
    soap_wsse_delete_Security(soap);
    return SOAP_OK;
}

static int check_digest(struct soap *soap, const char *asked)
{
    if (soap->authrealm && soap->userid && !strcmp(soap->authrealm, realm)
        && !strcmp(soap->userid, username) && !http_da_verify_post(soap, password))
        return SOAP_OK;
    soap->authrealm = realm;
    return answered(asked, 401);
}

static int check(struct soap *soap, const char *asked)
{
    return strcmp(mode, "token") ? check_digest(soap, asked) : check_token(soap, asked);
}

int __tds__GetDeviceInformation(struct soap *soap, struct _tds__GetDeviceInformation *request,
                                struct _tds__GetDeviceInformationResponse *response)
{
    const char *asked = "GetDeviceInformation";
    int refused = check(soap, asked);
    (void)request;
    if (refused)
        return refused;
    response->Manufacturer = "gSOAP";
    response->Model = "device";
    response->FirmwareVersion = "2.8";
    response->SerialNumber = "1";
    response->HardwareId = "1";
    answered(asked, 200);
    return SOAP_OK;
}

int __tds__GetSystemDateAndTime(struct soap *soap, struct _tds__GetSystemDateAndTime *request,
                                struct _tds__GetSystemDateAndTimeResponse *response)
{
    time_t now = time(NULL);
    struct tm *utc = gmtime(&now);
    struct tt__SystemDateTime *told = soap_new_tt__SystemDateTime(soap, 1);
    (void)request;
    told->DateTimeType = tt__SetDateTimeType__NTP;
    told->DaylightSavings = xsd__boolean__false_;
    told->UTCDateTime = soap_new_tt__DateTime(soap, 1);
    told->UTCDateTime->Time = soap_new_tt__Time(soap, 1);
    told->UTCDateTime->Time->Hour = utc->tm_hour;
    told->UTCDateTime->Time->Minute = utc->tm_min;
    told->UTCDateTime->Time->Second = utc->tm_sec;
    told->UTCDateTime->Date = soap_new_tt__Date(soap, 1);
    told->UTCDateTime->Date->Year = utc->tm_year + 1900;
    told->UTCDateTime->Date->Month = utc->tm_mon + 1;
    told->UTCDateTime->Date->Day = utc->tm_mday;
    response->SystemDateAndTime = told;
    answered("GetSystemDateAndTime", 200);
    return SOAP_OK;
}

int __tds__GetServices(struct soap *soap, struct _tds__GetServices *request,
                       struct _tds__GetServicesResponse *response)
{
    static char *const services[][2] = {
        { "http://www.onvif.org/ver10/device/wsdl", "http://192.0.2.5/onvif/device_service" },
        { "http://www.onvif.org/ver10/media/wsdl", "http://192.0.2.5:8080/onvif/media" },
    };
    (void)request;
    response->__sizeService = 2;
    response->Service = soap_new_tds__Service(soap, 2);
    for (int at = 0; at < 2; at++) {
        response->Service[at].Namespace = services[at][0];
        response->Service[at].XAddr = services[at][1];
        response->Service[at].Version = soap_new_tt__OnvifVersion(soap, 1);
        response->Service[at].Version->Major = 2;
        response->Service[at].Version->Minor = 60;
    }
    answered("GetServices", 200);
    return SOAP_OK;
}

int __tds__GetScopes(struct soap *soap, struct _tds__GetScopes *request,
                     struct _tds__GetScopesResponse *response)
{
    int refused = check(soap, "GetScopes");
    (void)request;
    if (refused)
        return refused;
    response->__sizeScopes = 1;
    response->Scopes = soap_new_tt__Scope(soap, 1);
    response->Scopes->ScopeDef = tt__ScopeDefinition__Configurable;
    response->Scopes->ScopeItem = "onvif://www.onvif.org/name/gSOAP%20device";
    answered("GetScopes", 200);
    return SOAP_OK;
}

int __tds__GetNTP(struct soap *soap, struct _tds__GetNTP *request, struct _tds__GetNTPResponse *response)
{
    int refused = check(soap, "GetNTP");
    struct tt__NTPInformation *told = soap_new_tt__NTPInformation(soap, 1);
    (void)request;
    if (refused)
        return refused;
    told->FromDHCP = xsd__boolean__false_;
    told->__sizeNTPManual = 1;
    told->NTPManual = soap_new_tt__NetworkHost(soap, 1);
    told->NTPManual->Type = tt__NetworkHostType__DNS;
    told->NTPManual->DNSname = "time.example";
    response->NTPInformation = told;
    answered("GetNTP", 200);
    return SOAP_OK;
}

int __tds__GetNetworkInterfaces(struct soap *soap, struct _tds__GetNetworkInterfaces *request,
                                struct _tds__GetNetworkInterfacesResponse *response)
{
    int refused = check(soap, "GetNetworkInterfaces");
    struct tt__NetworkInterface *told = soap_new_tt__NetworkInterface(soap, 1);
    (void)request;
    if (refused)
        return refused;
    told->token = "eth0";
    told->Enabled = xsd__boolean__true_;
    told->IPv4 = soap_new_tt__IPv4NetworkInterface(soap, 1);
    told->IPv4->Enabled = xsd__boolean__true_;
    told->IPv4->Config = soap_new_tt__IPv4Configuration(soap, 1);
    told->IPv4->Config->DHCP = xsd__boolean__true_;
    told->IPv4->Config->FromDHCP = soap_new_tt__PrefixedIPv4Address(soap, 1);
    told->IPv4->Config->FromDHCP->Address = "127.0.0.1";
    told->IPv4->Config->FromDHCP->PrefixLength = 8;
    response->__sizeNetworkInterfaces = 1;
    response->NetworkInterfaces = told;
    answered("GetNetworkInterfaces", 200);
    return SOAP_OK;
}

int __trt__GetProfiles(struct soap *soap, struct _trt__GetProfiles *request,
                       struct _trt__GetProfilesResponse *response)
{
    static char *const tokens[] = { "large", "small" };
    int refused = check(soap, "GetProfiles");
    (void)request;
    if (refused)
        return refused;
    response->__sizeProfiles = 2;
    response->Profiles = soap_new_tt__Profile(soap, 2);
    for (int at = 0; at < 2; at++) {
        struct tt__VideoEncoderConfiguration *encoder = soap_new_tt__VideoEncoderConfiguration(soap, 1);
        encoder->Name = encoder->token = response->Profiles[at].Name = response->Profiles[at].token = tokens[at];
        encoder->Encoding = tt__VideoEncoding__H264;
        encoder->Resolution = soap_new_tt__VideoResolution(soap, 1);
        encoder->Resolution->Width = at ? 320 : 1920;
        encoder->Resolution->Height = at ? 240 : 1080;
        encoder->SessionTimeout = "PT60S";
        response->Profiles[at].VideoEncoderConfiguration = encoder;
    }
    answered("GetProfiles", 200);
    return SOAP_OK;
}

static struct tt__MediaUri *media_uri(struct soap *soap, char *uri)
{
    struct tt__MediaUri *told = soap_new_tt__MediaUri(soap, 1);
    told->Uri = uri;
    told->Timeout = "PT0S";
    return told;
}

/* The operation, and the profile that it was asked for. */
static const char *of_profile(const char *asked, const char *token)
{
    static char text[64];
    snprintf(text, sizeof text, "%s %s", asked, token ? token : "");
    return text;
}

int __trt__GetStreamUri(struct soap *soap, struct _trt__GetStreamUri *request,
                        struct _trt__GetStreamUriResponse *response)
{
    const char *asked = of_profile("GetStreamUri", request->ProfileToken);
    int refused = check(soap, asked);
    if (refused)
        return refused;
    response->MediaUri = media_uri(soap, "rtsp://192.0.2.5:8554/live/small");
    answered(asked, 200);
    return SOAP_OK;
}

int __trt__GetSnapshotUri(struct soap *soap, struct _trt__GetSnapshotUri *request,
                          struct _trt__GetSnapshotUriResponse *response)
{
    const char *asked = of_profile("GetSnapshotUri", request->ProfileToken);
    int refused = check(soap, asked);
    if (refused)
        return refused;
    response->MediaUri = media_uri(soap, soap_strdup(soap, "http://192.0.2.5/snapshot?channel=1&size=small"));
    answered(asked, 200);
    return SOAP_OK;
}

/* Snapshots are got like pages, and always by Digest. */
static int get(struct soap *soap)
{
    static unsigned taken;
    static char picture[1 << 16];
    size_t length;
    FILE *file;

    if (strcmp(soap->path, snapshot))
        return answered(soap->path, 404);
    if (!soap->authrealm || !soap->userid || strcmp(soap->authrealm, realm) || strcmp(soap->userid, username)
        || http_da_verify_get(soap, password)) {
        soap->authrealm = realm;
        return answered("snapshot", 401);
    }
    file = fopen(pictures[taken++ % 2], "rb");
    if (!file)
        return answered("snapshot", 500);
    length = fread(picture, 1, sizeof picture, file);
    fclose(file);
    soap->http_content = "image/jpeg";
    if (soap_response(soap, SOAP_FILE) || soap_send_raw(soap, picture, length) || soap_end_send(soap))
        return soap->error;
    answered("snapshot", 200);
    return SOAP_OK;
}

/* gSOAP's addressing has it as a method. */
int SOAP_ENV__Fault(struct soap *soap, char *code, char *text, char *actor, struct SOAP_ENV__Detail *detail,
                    struct SOAP_ENV__Code *envelope_code, struct SOAP_ENV__Reason *reason, char *node,
                    char *role, struct SOAP_ENV__Detail *envelope_detail)
{
    (void)soap, (void)code, (void)text, (void)actor, (void)detail, (void)envelope_code, (void)reason;
    (void)node, (void)role, (void)envelope_detail;
    return SOAP_NO_METHOD;
}

int main(int count, char **arguments)
{
    struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
    struct sockaddr_in address;
    socklen_t length = sizeof address;

    if (count != 6)
        return 2;
    mode = arguments[1];
    username = arguments[2];
    password = arguments[3];
    pictures[0] = arguments[4];
    pictures[1] = arguments[5];
    soap_register_plugin(soap, soap_wsse);
    soap_register_plugin_arg(soap, http_da, strcmp(mode, "md5") ? http_da_sha256() : http_da_md5());
    soap->fget = get;
    soap->recv_timeout = soap->send_timeout = 5;
    if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 16))
        || getsockname(soap->master, (struct sockaddr *)&address, &length)) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        if (soap_valid_socket(soap_accept(soap)))
            soap_serve(soap);
        soap_destroy(soap);
        soap_end(soap);
    }
}

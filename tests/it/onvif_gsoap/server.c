/* An ONVIF device service by gSOAP, the engine in many cameras: who may ask is decided by its plugins.
 *
 * Arguments: "token" (WS-UsernameToken), "md5" or "sha-256" (HTTP Digest), user name, password.
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
static const char *mode, *username, *password;

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

int __tds__GetDeviceInformation(struct soap *soap, struct _tds__GetDeviceInformation *request,
                                struct _tds__GetDeviceInformationResponse *response)
{
    const char *asked = "GetDeviceInformation";
    int refused = strcmp(mode, "token") ? check_digest(soap, asked) : check_token(soap, asked);
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

    if (count != 4)
        return 2;
    mode = arguments[1];
    username = arguments[2];
    password = arguments[3];
    soap_register_plugin(soap, soap_wsse);
    soap_register_plugin_arg(soap, http_da, strcmp(mode, "md5") ? http_da_sha256() : http_da_md5());
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

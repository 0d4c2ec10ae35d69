/*
 * One request, one answer
 *
 * An API server answers in two languages: a Status object, or, from the layers in front of it, a
 * line of plain text. The difference is worth keeping, because "404 page not found" in plain text
 * means that the kind is not served (a CRD that was made a moment ago), while a Status means that
 * the object is not there. The status code and the body are sorted here once into the answers that
 * callers switch on.
 *
 * Nothing that was sent appears in a message: bodies may hold secrets, and so may what comes back
 * on a read of one, so only a Status or plain text is quoted.
 */
#include "wookie/kube/client.h"

#include "wookie/kube/login.h"
#include "wookie/kube/transport.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE (30 * WK_SEC)
#define BODY_MAX ((size_t)64 << 20)

WK_DEFINE_AUTO(struct curl_slist *, curl_slist_free_all);

void wk_kube_reply_finish(struct wk_kube_reply *reply)
{
	cJSON_Delete(reply->json);
	wk_buf_finish(&reply->text);
	*reply = (struct wk_kube_reply){0};
}

static size_t receive(char *data, size_t size, size_t n, void *context)
{
	struct wk_kube_reply *reply = context;

	return wk_buf_add(&reply->text, data, size * n) ? size * n : 0;
}

const char *wk_kube_text(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "";
}

static bool is_status(const cJSON *json)
{
	return strcmp(wk_kube_text(json, "kind"), "Status") == 0;
}

/* One line of what the server said. */
static void quote(struct wk_kube_reply *reply)
{
	const char *from = wk_buf_str(&reply->text);
	size_t n = 0;

	if (reply->json)
		from = is_status(reply->json) ? wk_kube_text(reply->json, "message") : "";
	for (; *from && n + 1 < sizeof(reply->message); from++)
		reply->message[n++] = iscntrl((unsigned char)*from) ? ' ' : *from;
	while (n > 0 && reply->message[n - 1] == ' ')
		n--;
	reply->message[n] = '\0';
}

/* A Status of a 404 names what is missing, unless it is the kind itself. */
static enum wk_kube_answer sort_404(const struct wk_kube_reply *reply)
{
	const cJSON *details = cJSON_GetObjectItemCaseSensitive(reply->json, "details");

	if (!is_status(reply->json) || !details || !details->child)
		return WK_KUBE_NO_KIND;
	return WK_KUBE_NOT_FOUND;
}

static enum wk_kube_answer sort_answer(const struct wk_kube_reply *reply)
{
	if (reply->status >= 200 && reply->status < 300)
		return WK_KUBE_OK;
	switch (reply->status) {
	case 401:
		return WK_KUBE_UNAUTHORIZED;
	case 403:
		return WK_KUBE_FORBIDDEN;
	case 404:
		return sort_404(reply);
	case 409:
		return WK_KUBE_CONFLICT;
	default:
		return WK_KUBE_REFUSED;
	}
}

void wk_kube_reply_read(struct wk_kube_reply *reply)
{
	const char *text = wk_buf_str(&reply->text);

	if (*text == '{' || *text == '[')
		reply->json = cJSON_ParseWithLength(text, reply->text.len);
	reply->answer = sort_answer(reply);
	if (reply->answer != WK_KUBE_OK)
		quote(reply);
}

bool wk_kube_refusal(const struct wk_kube *kube, const char *doing,
	const struct wk_kube_reply *reply, struct wk_err *err)
{
	const struct wk_kube_login *login = kube->config.login;
	const char *what = "";

	switch (reply->answer) {
	case WK_KUBE_UNAUTHORIZED:
		what = " (the kubeconfig's credentials are not accepted)";
		if (login)
			what = login->token_file
				       ? " (the token in the kubeconfig's token file is not "
					 "accepted)"
				       : " (the credentials that the kubeconfig's plugin "
					 "gave are not accepted: log in again)";
		break;
	case WK_KUBE_FORBIDDEN:
		what = strstr(reply->message, "system:anonymous") ? " (no credentials were sent)"
								  : " (not allowed)";
		break;
	case WK_KUBE_NO_KIND:
		what = " (this kind is not served here)";
		break;
	case WK_KUBE_OK:
		what = " (no JSON in the answer)";
		break;
	case WK_KUBE_NOT_FOUND:
	case WK_KUBE_CONFLICT:
	case WK_KUBE_REFUSED:
		break;
	}
	return wk_err_set(err, WK_ERR_REMOTE, "%s: %s: HTTP %ld%s%s%s", kube->config.cluster, doing,
		reply->status, what, *reply->message ? ": " : "", reply->message);
}

/* Expect is emptied because the server's 100-continue costs a round trip and gains nothing. */
static struct curl_slist *headers(const struct wk_kube *kube, const struct wk_kube_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	WK_AUTOFREE char *type = wk_xasprintf(
		"Content-Type: %s", request->body && request->type ? request->type : "");
	WK_AUTOFREE char *accept =
		wk_xasprintf("Accept: %s", request->accept ? request->accept : "application/json");

	list = curl_slist_append(list, type);
	list = curl_slist_append(list, accept);
	for (const char *p = kube->config.impersonate; p && *p; p += strcspn(p, "\n") + 1) {
		WK_AUTOFREE char *line = wk_xstrndup(p, strcspn(p, "\r"));

		list = curl_slist_append(list, line);
	}
	return list;
}

/* libcurl takes POSTFIELDS, even NULL, for a wish to POST, so the method comes after it. */
static void prepare(CURL *easy, const char *method, const char *body)
{
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		body ? (curl_off_t)strlen(body) : (curl_off_t)-1);
	if (!body)
		(void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static bool send_once(struct wk_kube *kube, const struct wk_kube_request *request, wk_nsec deadline,
	struct wk_kube_reply *ret, struct wk_err *err)
{
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {.text = WK_BUF_INIT(BODY_MAX)};
	struct curl_slist *WK_AUTO(curl_slist_free_all) list = headers(kube, request);
	WK_AUTOFREE char *url = wk_xasprintf("%s%s", kube->base, request->path);
	wk_nsec patience = wk_now() + PATIENCE;
	struct wk_kube_bound bound = wk_kube_bound(wk_earlier(deadline, patience));
	bool ok;

	prepare(kube->easy, request->method, request->body);
	(void)curl_easy_setopt(kube->easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(kube->easy, CURLOPT_HTTPHEADER, list);
	(void)curl_easy_setopt(kube->easy, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(kube->easy, CURLOPT_WRITEDATA, &reply);
	ok = wk_kube_drive(kube, kube->multi, kube->easy, &bound, err);
	(void)curl_easy_getinfo(kube->easy, CURLINFO_RESPONSE_CODE, &reply.status);
	(void)curl_multi_remove_handle(kube->multi, kube->easy);
	(void)curl_easy_setopt(kube->easy, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(kube->easy, CURLOPT_POSTFIELDS, NULL);
	if (reply.text.full)
		(void)wk_err_set(err, WK_ERR_REMOTE, "%s: the answer is larger than %zu MiB",
			kube->config.cluster, BODY_MAX >> 20);
	if (!ok)
		return false;
	wk_kube_reply_read(&reply);
	*ret = reply;
	reply = (struct wk_kube_reply){0};
	return true;
}

bool wk_kube_send(struct wk_kube *kube, const struct wk_kube_request *request, wk_nsec deadline,
	struct wk_kube_reply *ret, struct wk_err *err)
{
	struct wk_kube_reply reply = {0};

	do {
		wk_kube_reply_finish(&reply);
		if (!wk_kube_log_in(kube, deadline, err) ||
			!send_once(kube, request, deadline, &reply, err))
			return wk_err_context(err, "%s %s", request->method, request->path);
	} while (wk_kube_log_in_again(kube, reply.answer));
	*ret = reply;
	return true;
}

/* NOLINTNEXTLINE(readability-function-size): the parts of a request, as callers know them */
bool wk_kube_call(struct wk_kube *kube, const char *method, const char *path, const char *type,
	const char *body, wk_nsec deadline, struct wk_kube_reply *ret, struct wk_err *err)
{
	const struct wk_kube_request request = {
		.method = method, .path = path, .type = type, .body = body};

	return wk_kube_send(kube, &request, deadline, ret, err);
}

/* A GET that must give JSON; `none` is an answer that counts as "nothing there". */
static bool get_json(struct wk_kube *kube, const char *path, enum wk_kube_answer none,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};
	WK_AUTOFREE char *doing = wk_xasprintf("GET %s", path);

	if (!wk_kube_call(kube, "GET", path, NULL, NULL, deadline, &reply, err))
		return false;
	if ((reply.answer != WK_KUBE_OK && reply.answer != none) ||
		(reply.answer == WK_KUBE_OK && !reply.json))
		return wk_kube_refusal(kube, doing, &reply, err);
	*ret = reply.answer == WK_KUBE_OK ? WK_TAKE(reply.json) : NULL;
	return true;
}

bool wk_kube_get(struct wk_kube *kube, const char *path, wk_nsec deadline, struct cJSON **ret,
	struct wk_err *err)
{
	return get_json(kube, path, WK_KUBE_OK, deadline, ret, err);
}

bool wk_kube_find(struct wk_kube *kube, const char *path, wk_nsec deadline, struct cJSON **ret,
	struct wk_err *err)
{
	return get_json(kube, path, WK_KUBE_NOT_FOUND, deadline, ret, err);
}

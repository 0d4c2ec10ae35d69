/*
 * Credentials that are fetched
 *
 * A token file is read before every request, because whoever writes it may replace it at any time,
 * and reading it costs next to nothing. A plugin costs seconds: what it gave is kept until the date
 * it came with, or until the API server refuses it. One login is shared by a kubeconfig and the
 * clients made of it, so that in one process a plugin is asked once.
 *
 * A plugin that goes on handing out what the server refuses is asked once more and then believed,
 * or a run with a thousand requests would run it a thousand times.
 */
#include "wookie/kube/login.h"

#include "wookie/base/file.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define TOKEN_MAX ((size_t)64 * 1024)

struct wk_kube_login *wk_login_new(const char *where)
{
	struct wk_kube_login *login = wk_xcalloc(1, sizeof(*login));

	login->users = 1;
	login->where = wk_xstrdup(where);
	return login;
}

struct wk_kube_login *wk_login_share(struct wk_kube_login *login)
{
	if (login)
		login->users++;
	return login;
}

void wk_login_drop(struct wk_kube_login *login)
{
	if (!login || --login->users > 0)
		return;
	free(login->where);
	free(login->token_file);
	wk_plugin_finish(&login->plugin);
	wk_credential_finish(&login->credential);
	free(login);
}

static void replace(struct wk_kube_login *login, struct wk_kube_credential *fresh)
{
	wk_credential_finish(&login->credential);
	login->credential = *fresh;
	login->serial++;
}

static bool read_token(struct wk_kube_login *login, struct wk_err *err)
{
	struct wk_buf text = {0};
	struct wk_kube_credential fresh = {0};
	const char *token;
	size_t len;

	if (!wk_file_read(login->token_file, TOKEN_MAX, &text, err)) {
		err->kind = WK_ERR_INPUT;
		return wk_err_context(err, "%s: token file", login->where);
	}
	token = wk_buf_str(&text);
	while (isspace((unsigned char)*token))
		token++;
	len = strlen(token);
	while (len > 0 && isspace((unsigned char)token[len - 1]))
		len--;
	fresh.token = wk_xstrndup(token, len);
	wk_forget_text(&text);
	if (len == 0 || strcspn(fresh.token, "\r\n") != len) {
		wk_credential_finish(&fresh);
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: token file %s: expected a token on one line%s", login->where,
			login->token_file, len == 0 ? ", found nothing" : "");
	}
	if (login->serial > 0 && strcmp(fresh.token, login->credential.token) == 0)
		wk_credential_finish(&fresh);
	else
		replace(login, &fresh);
	return true;
}

static bool renew(struct wk_kube_login *login, wk_nsec deadline, struct wk_err *err)
{
	const struct wk_kube_credential *held = &login->credential;
	struct wk_kube_credential fresh = {0};

	if (login->token_file)
		return read_token(login, err);
	if ((held->token || held->cert_pem) &&
		(!held->expires || held->expires > (int64_t)time(NULL)))
		return true;
	if (!wk_plugin_run(&login->plugin, deadline, &fresh, err))
		return wk_err_context(err, "%s: plugin '%s'", login->where, login->plugin.argv[0]);
	replace(login, &fresh);
	return true;
}

bool wk_login_refused(struct wk_kube_login *login)
{
	if (login->token_file || login->doubted)
		return false;
	login->doubted = true;
	wk_credential_finish(&login->credential);
	return true;
}

void wk_login_accepted(struct wk_kube_login *login)
{
	login->doubted = false;
}

bool wk_kubeconfig_log_in(const struct wk_kubeconfig *config, wk_nsec deadline, struct wk_err *err)
{
	return !config->login || renew(config->login, deadline, err);
}

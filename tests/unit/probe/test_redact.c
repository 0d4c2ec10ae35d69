/* Secrets of every kind that Kubernetes, Istio and MySQL know, planted where they are found in reports. */
#include "wookie/pki/ca.h"
#include "wookie/probe/redact.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#define JWT "eyJhbGciOiJSUzI1NiIsImtpZCI6IkEifQ.eyJpc3MiOiJrdWJlIn0.QUJDREVGR0hJSktMTU5PUA"
#define BODY "MIIEvgIBADANBgkqhkiG9w0BAQEFAASC"
#define PEM(kind, end) "-----BEGIN " kind "-----" end BODY end "-----END " kind "-----"

/* `secret` stands in `text`, and must not be there afterwards; `kept`, which tells a reader what it was,
 * must. */
static const struct {
	const char *text;
	const char *secret;
	const char *kept;
} planted[] = {
	/* tokens and headers */
	{"Authorization: Bearer " JWT, "eyJ", "Authorization: Bearer "},
	{"authorization: Basic dXNlcjpwYXNz", "dXNl", "Basic "},
	{"> Proxy-Authorization: Basic dXNlcjpwYXNz\n> Host: a", "dXNl", "Host: a"},
	{"curl -H 'Authorization: Bearer opaque-token-1'", "opaque", "curl -H"},
	{"X-Api-Key: 0123456789abcdef", "0123456789", "X-Api-Key"},
	{"token=s3cr3t", "s3cr3t", "token="},
	{"token: abcdefgh12345", "abcdefgh", "token: "},
	{"{\"token\": \"correcthorse\"}", "correct", "token"},
	{"users:\n- user:\n    token: correcthorse\n", "correct", "users"},
	{"refresh-token: abcdefgh12345", "abcdefgh", "refresh-token"},
	{"id_token=\"abc def\"", "def", "id_token"},
	{"kubeadm join --token abcdef.0123456789abcdef 10.0.0.1:6443", "0123456789abcdef",
		"10.0.0.1:6443"},
	{"token-id: abcdef\ntoken-secret: 0123456789abcdef", "0123456789", "token-id: abcdef"},
	{"remote: ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_0", "remote"},
	{"aws_access_key_id = AKIAIOSFODNN7EXAMPLE", "AKIA", "aws_access_key_id"},
	{"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "wJalr", "AWS_SECRET_ACCESS_KEY="},
	/* keys */
	{PEM("PRIVATE KEY", "\n") "\nrest", BODY, "rest"},
	{PEM("RSA PRIVATE KEY", "\n"), BODY, ""},
	{PEM("EC PRIVATE KEY", "\r\n"), BODY, ""},
	{PEM("DSA PRIVATE KEY", "\n"), BODY, ""},
	{PEM("ENCRYPTED PRIVATE KEY", "\n"), BODY, ""},
	{PEM("OPENSSH PRIVATE KEY", "\n"), BODY, ""},
	{PEM("PGP PRIVATE KEY BLOCK", "\n"), BODY, ""},
	{"{\"tls.key\":\"" PEM("PRIVATE KEY", "\\n") "\"}", BODY, "tls.key"},
	{"key: \"" PEM("PRIVATE KEY", "\\\\n") "\"", BODY, "key: "},
	/* URLs and data sources */
	{"https://admin:s3cr3t@registry.example/v2/", "s3cr3t", "https://admin:"},
	{"https://admin:s3c@r3t@registry.example/v2/", "r3t", "@registry.example/v2/"},
	{"mysql://root:hunter2@10.0.0.1:3306/db", "hunter2", "@10.0.0.1:3306/db"},
	{"https://0123456789abcdef0123@github.com/x", "0123456789", "@github.com/x"},
	{"root:hunter2@tcp(10.0.0.1:3306)/db", "hunter2", "@tcp(10.0.0.1:3306)/db"},
	{"root:hunter2@unix(/run/mysqld.sock)/db", "hunter2", "@unix("},
	{"jdbc:mysql://h/db?user=a&password=hunter2&useSSL=false", "hunter2", "&useSSL=false"},
	/* MySQL */
	{"CREATE USER 'r'@'%' IDENTIFIED BY 'it is; secret'", "secret",
		"CREATE USER 'r'@'%' IDENTIFIED BY"},
	{"ALTER USER r IDENTIFIED WITH mysql_native_password BY 'hunter2';", "hunter2",
		"ALTER USER r"},
	{"GRANT ALL ON *.* TO r IDENTIFIED BY PASSWORD '*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4'",
		"6C89", "GRANT"},
	{"create user r identified by \"hunter2\"", "hunter2", "create user r"},
	{"CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD='hunter2', MASTER_PORT=3306", "hunter2",
		"MASTER_PORT=3306"},
	{"CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = 'hunter2'", "hunter2", "SOURCE_PASSWORD"},
	{"SET PASSWORD FOR 'r'@'%' = PASSWORD('hunter2')", "hunter2", "SET PASSWORD FOR 'r'"},
	{"START REPLICA USER='r' PASSWORD='hunter2'", "hunter2", "START REPLICA"},
	{"mysql -h 10.0.0.1 -u root -phunter2 -e 'select 1'", "hunter2", "-e 'select 1'"},
	{"mysqldump -p'hunter two' db", "hunter", "mysqldump"},
	{"mysqladmin --password=hunter2 ping", "hunter2", "ping"},
	{"MYSQL_PWD=hunter mysql", "hunter", "MYSQL_PWD="},
	{"MYSQL_ROOT_PASSWORD=hunter", "hunter", "MYSQL_ROOT_PASSWORD="},
	{"[client]\nuser = root\npassword = hunter\n", "hunter", "user = root"},
	/* objects in YAML and JSON */
	{"password: hunter", "hunter", "password: "},
	{"password: \"two words, and, commas\"", "commas", "password: "},
	{"{\"password\":\"quo\\\\\\\"ted secret\"}", "ted secret", "password"},
	{"apiVersion: v1\nkind: Secret\nstringData:\n  user: alice\n  any: thing at "
	 "all\nmetadata:\n  name: n\n",
		"thing", "name: n"},
	{"kind: Secret\ndata:\n  a: |\n    bGluZXM=\n    bW9yZQ==\ntype: Opaque\n", "bW9y",
		"type: Opaque"},
	{"{\\\"stringData\\\":{\\\"password\\\":\\\"hunter\\\"}}", "hunter", "stringData"},
	{"{\"auths\":{\"r.example\":{\"username\":\"u\",\"auth\":\"dTpodW50ZXI=\"}}}", "dTpo",
		"r.example"},
};

/* What is no secret stays as it is: a report without words helps nobody. */
static const char *const harmless[] = {
	"token: the one of cluster-b was not accepted",
	"invalid bearer token",
	"automountServiceAccountToken: false",
	"remote-secret: 22 checks",
	"rbac.authorization.k8s.io/v1",
	"AuthorizationPolicy default/deny",
	"password: no\npassword was refused",
	"https://10.0.0.1:6443/api/v1/pods?limit=5",
	"http://[::1]:8080/",
	"spiffe://cluster.local/ns/istio-system/sa/istiod",
	"outbound|5000||helloworld.demo.svc.cluster.local",
	"outbound_.5000_._.helloworld.demo.svc.cluster.local",
	"helloworld-v1-7546659cbc-2jw6w",
	"git@github.com:wookie/x.git",
	"mkdir -p /var/lib/x",
	PEM("CERTIFICATE", "\n"),
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"kind: ConfigMap\ndata:\n  mesh: |\n    rootNamespace: istio-system\n",
	"istio.io/rev: default",
	"VGhpcyBpcyBqdXN0IGEgdGV4dCBpbiBiYXNlNjQu",
};

static char *in_tree(const char *text)
{
	cJSON *json = cJSON_CreateString(text);
	char *out;

	wk_redact(json);
	out = wk_xstrdup(json->valuestring);
	cJSON_Delete(json);
	return out;
}

Test(redact, no_secret_of_any_kind_passes)
{
	for (size_t i = 0; i < WK_COUNT(planted); i++) {
		WK_AUTOFREE char *tree = in_tree(planted[i].text);
		WK_AUTOFREE char *text = wk_redact_text(planted[i].text);
		WK_AUTOFREE char *again = wk_redact_text(text);

		cr_assert(strstr(planted[i].text, planted[i].secret), "row %zu", i);
		cr_expect(!strstr(tree, planted[i].secret), "%s\nbecame %s", planted[i].text, tree);
		cr_expect(!strstr(text, planted[i].secret), "%s\nbecame %s", planted[i].text, text);
		cr_expect(strstr(text, planted[i].kept), "%s\nlost '%s': %s", planted[i].text,
			planted[i].kept, text);
		cr_expect_str_eq(again, text, "a second time changes something");
	}
}

Test(redact, the_same_wrapped_in_base64_once_and_twice)
{
	for (size_t i = 0; i < WK_COUNT(planted); i++) {
		size_t len = strlen(planted[i].text);
		WK_AUTOFREE char *once = wk_base64_encode(planted[i].text, len);
		WK_AUTOFREE char *twice = wk_base64_encode(once, strlen(once));
		WK_AUTOFREE char *within =
			wk_xasprintf("{\"data\":{\"a\":\"%s\",\"b\":\"%s\"}}", once, twice);
		WK_AUTOFREE char *text = wk_redact_text(within);

		/* What is as short as a word has no look in base64. */
		if (len < 16)
			continue;
		cr_expect(!strstr(text, once), "%s\nis in %s", planted[i].text, text);
		cr_expect(!strstr(text, twice), "%s\nis in %s", planted[i].text, text);
	}
}

Test(redact, what_is_no_secret_stays)
{
	for (size_t i = 0; i < WK_COUNT(harmless); i++) {
		WK_AUTOFREE char *tree = in_tree(harmless[i]);
		WK_AUTOFREE char *text = wk_redact_text(harmless[i]);

		cr_expect_str_eq(tree, harmless[i]);
		cr_expect_str_eq(text, harmless[i]);
	}
}

Test(redact, trees_are_known_by_what_they_are)
{
	static const struct {
		const char *json;
		const char *redacted;
	} rows[] = {
		{"{\"kind\":\"Secret\",\"data\":{\"a\":\"cGxhaW4=\",\"b\":\"(8 "
		 "bytes)\"},\"stringData\":{\"c\":\"x\"}}",
			"{\"kind\":\"Secret\",\"data\":{\"a\":\"(redacted)\",\"b\":\"(8 "
			"bytes)\"},\"stringData\":{\"c\":\"("
			"redacted)\"}}"},
		{"{\"kind\":\"ConfigMap\",\"data\":{\"a\":\"plain\"}}",
			"{\"kind\":\"ConfigMap\",\"data\":{\"a\":\"plain\"}}"},
		{"{\"name\":\"MYSQL_PWD\",\"value\":\"x\"}",
			"{\"name\":\"MYSQL_PWD\",\"value\":\"(redacted)\"}"},
		{"{\"name\":\"PWD\",\"value\":\"/\"}", "{\"name\":\"PWD\",\"value\":\"/\"}"},
		{"[\"mysql\",\"-uroot\",\"-phunter\",\"-h\"]",
			"[\"mysql\",\"-uroot\",\"-p(redacted)\",\"-h\"]"},
		{"[\"mkdir\",\"-pv\"]", "[\"mkdir\",\"-pv\"]"},
		{"{\"password\":\"x\",\"tokenPath\":\"/var/run\"}",
			"{\"password\":\"(redacted)\",\"tokenPath\":\"/var/run\"}"},
		{"{\"last-applied\":\"{\\\"kind\\\":\\\"Secret\\\",\\\"data\\\":{\\\"a\\\":\\\"eA=="
		 "\\\"}}\"}",
			"{\"last-applied\":\"{\\\"kind\\\":\\\"Secret\\\",\\\"data\\\":{\\\"a\\\":"
			"\\\"(redacted)\\\"}}\"}"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *json = cJSON_Parse(rows[i].json);
		char *text;

		cr_assert(json, "row %zu", i);
		wk_redact(json);
		text = cJSON_PrintUnformatted(json);
		cr_expect_str_eq(text, rows[i].redacted);
		cJSON_free(text);
		cJSON_Delete(json);
	}
}

// tonearm plan: everything that playing would take, and whether it is there. Plays nothing, claims nothing.

#include "cli.h"
#include "json.h"
#include "session.h"

static int run(session_t *session)
{
    int code = session_plan(session);
    if (code != CLI_OK)
        return code;
    plan_t *plan = &session->plan;
    FILE *text = session_text(session);
    if (text)
        plan_print(plan, text);
    code = session_check_memory(session);
    if (code != CLI_OK)
        return code;
    if (text) {
        (void)fputs("  fits      yes\n", text);
        plan_print_faults(plan, text);
    } else if (!json_print(facts_json(plan, NULL), stdout)) {
        return cli_say(CLI_FAILED, "cannot write to standard output");
    }
    code = cli_finish_stdout(CLI_OK);
    if (code == CLI_OK)
        load_warn(plan);
    return code;
}

int cli_plan(const options_t *options)
{
    static session_t session;
    int code = session_begin(&session, options);
    return session_end(&session, code == CLI_OK ? run(&session) : code);
}

"""The ``blogqa`` command line: an operator's way to a server's HTTP API.

::

    main.py          the app: global options, errors to sentences and exit codes
    commands/        one module for each command or group of commands
    server.py        the server's API: keys, limits, errors; replies.py: what it answers, as far as it is read here
    http_client.py   its connection and the site's: proxies and certificates of the environment
    terminal.py      what is printed, and where; printable.py: text from elsewhere made harmless
    exit_codes.py · failure.py · keys.py · options.py

To add a command: a function in a module of ``commands/``, registered in ``main.py`` with
``app.command(cls=Command)``, and a row in the table of ``docs/cli.md``::

    def job(ctx: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
        '''First line: what ``--help`` lists.'''
        call = invocation(ctx)                       # call.server, call.terminal
        found = call.server.get(f"/jobs/status/{job_id}", Job, Needs.EITHER)
        call.terminal.json(found) if as_json else call.terminal.say(found.blog_url)

What can go wrong is raised as ``CommandFailed`` (one sentence, one exit code) and never caught in a command, unless it
goes on. Everything printed goes through ``Terminal``: it takes out of hostile text what would steer the terminal.
"""

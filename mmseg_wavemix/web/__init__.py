"""A page on localhost that segments the pictures people drop on it.

Read in this order: ``limits`` (which uploads are taken), ``models`` (which models are offered),
``segmenting`` (picture to classes and confidence), ``results`` (what is remembered, so that the
network runs once), ``pictures`` and ``panels`` (what is shown), ``answers`` (all of it together),
``temporary``, ``origins``, ``replies``, ``guard`` and ``surroundings`` (files, requests and reports
kept within bounds), ``values``, ``handlers`` and ``page`` (Gradio), ``reactions``, ``style`` and
``keyboard`` (what the browser does, how the page looks and is reached), ``examples``, ``serving``
(the server).

The rest of the package imports nothing from here. Gradio is imported when the server starts.
"""

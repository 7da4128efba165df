#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Asks windows to close as a window manager does when the user clicks (ICCCM 4.2.8.1), where there is none:
#
#   close_window.py WINDOW...
#
# Exit status: 0 asked, 1 no display or no such window.
import ctypes
import sys


class ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent, as long as an XEvent."""
    _fields_ = [('type', ctypes.c_int), ('serial', ctypes.c_ulong), ('send_event', ctypes.c_int), ('display', ctypes.c_void_p),
                ('window', ctypes.c_ulong), ('message_type', ctypes.c_ulong), ('format', ctypes.c_int),
                ('data', ctypes.c_long * 5), ('rest', ctypes.c_long * 12)]


CLIENT_MESSAGE = 33  # X.h

x11 = ctypes.CDLL('libX11.so.6')
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XInternAtom.restype = ctypes.c_ulong
x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
display = x11.XOpenDisplay(None)
if not display:
    sys.exit('close_window.py: no display')
for window in sys.argv[1:]:
    message = ClientMessage(type=CLIENT_MESSAGE, window=int(window, 0), format=32,
                            message_type=x11.XInternAtom(display, b'WM_PROTOCOLS', 0))
    message.data[0] = x11.XInternAtom(display, b'WM_DELETE_WINDOW', 0)
    x11.XSendEvent(display, message.window, 0, 0, ctypes.byref(message))
x11.XSync(display, 0)

// A machine in QEMU. When the guest powers off or resets, QEMU stops and stays (-no-reboot -no-shutdown), says so on
// its control connection, and can still be asked for a picture.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Screens;
using MinusOne.Ovmf.Runner.Serial;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed class QemuMachine(MachinePlan plan, RunFolder folder) : Machine(plan, folder)
{
    private const string PictureFile = "screen.ppm";

    private readonly PortListener _monitor = new();
    private readonly TaskCompletionSource<QemuControl> _control =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<string> _shutdown =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Task Ended => Task.WhenAny(Process.Exited, _shutdown.Task);

    public override IReadOnlyList<string> LastWords =>
        _shutdown.Task.IsCompletedSuccessfully
            ? [Reason(_shutdown.Task.Result)]
            : [.. LogLines().Select(WithoutName).TakeLast(5)];

    public override void Start(PortListener com1, PortListener com2, PortListener? com3, PortListener? com4)
    {
        base.Start(com1, com2, com3, com4);
        _ = Connect();
    }

    public override async Task<Picture?> TakePicture()
    {
        if (!_control.Task.IsCompletedSuccessfully)
        {
            return null;
        }

        string file = Folder.PathOf(PictureFile);
        return await _control.Task.Result.Execute("screendump", new() { ["filename"] = file })
            ? PortablePixmap.Read(File.ReadAllBytes(file))
            : null;
    }

    public override void Dispose()
    {
        base.Dispose();
        _monitor.Dispose();
    }

    protected override void AddValues(Dictionary<string, string> values) => values["monitor"] = _monitor.Port;

    private async Task Connect()
    {
        if (await _monitor.Accept() is { } socket)
        {
            var control = new QemuControl(socket, reason => _shutdown.TrySetResult(reason));
            await control.Begin();
            _control.SetResult(control);
        }
    }

    private static string Reason(string cause) => cause switch
    {
        "guest-shutdown" => "it was powered off",
        "guest-reset" => "it was reset; a triple fault does that",
        _ => $"it was stopped ({cause})",
    };

    private string WithoutName(string line) => line.Replace(Plan.Description.Program + ": ", "");
}
